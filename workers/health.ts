/** `GET /`: 200 while the worker runs, 503 otherwise, with its state and how late its event loop is. For container health checks. */
import { createServer, type Server } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Worker } from '@temporalio/worker';

export async function serveHealth(port: number, tier: string, worker: Worker): Promise<Server> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const server = createServer((_request, response) => {
    const { runState, numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
    const body = {
      tier,
      state: runState,
      activities: numInFlightActivities,
      workflowTasks: numInFlightWorkflowActivations,
      eventLoopDelayMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    };
    delay.reset();
    response
      .writeHead(runState === 'RUNNING' ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return server.unref();
}
