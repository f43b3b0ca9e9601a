/**
 * What every worker process does: connect, take up its Task Queue, run, and drain when it is told to stop or its supervisor is gone.
 * A deploy (SIGTERM) is not a cancellation: calls in flight may end within the grace, or are picked up by id.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Services } from '../activities/services.ts';
import { addressOf, answererAt } from '../src/catalogue/access.ts';
import { loadCatalogue } from '../src/catalogue/catalogue.ts';
import { type Config, loadConfig, storeFolder } from '../src/config.ts';
import { type Tier, taskQueueOf } from '../src/contracts/addresses.ts';
import { isBackgroundKey } from '../src/contracts/priority.ts';
import { temporalTarget } from '../src/temporal-target.ts';
import { ModelCaller } from '../src/model/journaled-call.ts';
import { Limiter } from '../src/model/limiter.ts';
import { Providers } from '../src/model/providers.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { FailureInterceptor } from './failure-interceptor.ts';
import { serveHealth } from './health.ts';
import { workerLogger } from './logger.ts';
import { leaveSupervisor, onOrphaned, tellSupervisor } from './supervised.ts';

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** Prebuilt: bundling at start would cost seconds each time. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** I7: without a supervisor there is no server either, so nothing can be drained for long. */
const ORPHAN_DEADLINE_MS = 6000;

export async function startWorker(tier: Tier, createActivities: (services: Services) => Activities): Promise<void> {
  const config = loadConfig();
  Runtime.install({ logger: workerLogger(tier), shutdownSignals: ['SIGTERM', 'SIGINT', 'SIGQUIT'] });
  const store = openStore(storeFolder(config.home));
  const { connection, namespace } = await connect(config);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: taskQueueOf(tier),
    identity: `${tier}@${process.pid}`,
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: createActivities(servicesOf(config, store)),
    interceptors: { activity: [({ info }) => ({ inbound: new FailureInterceptor(info.attempt) })] },
    maxConcurrentActivityTaskExecutions: config.slots,
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    // Recovery is set by time-outs: a killed worker's sticky queue is given up after this.
    stickyQueueScheduleToStartTimeout: '1s',
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: config.drainSeconds * 1000,
    shutdownForceTime: config.drainSeconds * 1000 + 5000,
  });
  const health = config.healthPort === undefined ? null : await serveHealth(config.healthPort, tier, worker);
  onOrphaned(() => worker.getState() === 'RUNNING' && worker.shutdown(), ORPHAN_DEADLINE_MS);
  tellSupervisor('ready');
  try {
    await worker.run();
  } finally {
    health?.close();
    await store.close();
    await connection.close();
    leaveSupervisor();
  }
}

async function connect({ home }: Config) {
  const { connectionOptions, namespace } = temporalTarget(home);
  return { connection: await NativeConnection.connect(connectionOptions), namespace };
}

function servicesOf(config: Config, store: Store): Services {
  const catalogue = loadCatalogue(config.modelsFile);
  const limiter = new Limiter({ most: config.slots, share: config.rateShare, now: () => performance.now() });
  return {
    store,
    caller: new ModelCaller({
      ...{ store, catalogue, limiter, providers: new Providers(catalogue, config.setting) },
      isBackground: () => isBackgroundKey(activityInfo().priority?.priorityKey),
    }),
    catalogue,
    answererOf: (provider) => answererAt(addressOf(catalogue.provider(provider), config.setting)),
    cacheFolder: config.cache,
    scratchFolder: join(tmpdir(), 'flotilla-checks'),
    commandPath: config.path,
    reportsFolder: join(config.home, 'reports'),
  };
}
