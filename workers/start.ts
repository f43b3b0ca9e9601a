/**
 * What every worker process does: connect, take up its Task Queue, run, and drain when it is told to stop or its supervisor is gone.
 * A deploy (SIGTERM) is not a cancellation: calls in flight may end within the grace, or are picked up by id.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { activityInfo } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Services } from '../activities/services.ts';
import { addressOf, answererAt } from '../src/catalogue/access.ts';
import { loadCatalogue } from '../src/catalogue/catalogue.ts';
import { type Config, loadConfig, storeFolder } from '../src/config.ts';
import { hostQueueOf, type Tier, taskQueueOf } from '../src/contracts/addresses.ts';
import { isBackgroundKey } from '../src/contracts/priority.ts';
import { hostIdIn } from '../src/host-id.ts';
import { Sandbox } from '../src/pod/sandbox.ts';
import { temporalTarget } from '../src/temporal-target.ts';
import { ModelCaller } from '../src/model/journaled-call.ts';
import { Limiter } from '../src/model/limiter.ts';
import { Providers } from '../src/model/providers.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { FailureInterceptor } from './failure-interceptor.ts';
import { serveHealth } from './health.ts';
import { workerLogger } from './logger.ts';
import { leaveSupervisor, onOrphaned, tellWhenPolling } from './supervised.ts';

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** Prebuilt: bundling at start would cost seconds each time. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** I7: without a supervisor there is no server either, so nothing can be drained for long. */
const ORPHAN_DEADLINE_MS = 6000;

/**
 * V8 lets the old space grow several times over before it collects it, and gives little of it back: of a map, whose calls leave short-lived
 * things behind, most of that room is garbage. So it is collected when it has grown by a third; that takes threads of V8's own more than ours.
 */
const OLD_SPACE_GROWTH = '--heap-growing-percent=30';

/** `createHostActivities`: what has to run on this very host, on a Task Queue of its own. */
export async function startWorker(
  tier: Tier,
  createActivities: (services: Services) => Activities,
  createHostActivities?: (services: Services) => Activities,
): Promise<void> {
  setFlagsFromString(OLD_SPACE_GROWTH);
  const config = loadConfig();
  Runtime.install({ logger: workerLogger(tier), shutdownSignals: ['SIGTERM', 'SIGINT', 'SIGQUIT'] });
  const store = openStore(storeFolder(config.home));
  const { connection, namespace } = await connect(config);
  const services = servicesOf(config, store);
  const shared = {
    connection,
    namespace,
    identity: `${tier}@${process.pid}`,
    interceptors: { activity: [({ info }) => ({ inbound: new FailureInterceptor(info.attempt) })] },
    maxConcurrentActivityTaskExecutions: config.slots,
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: config.drainSeconds * 1000,
    shutdownForceTime: config.drainSeconds * 1000 + 5000,
  } satisfies Omit<WorkerOptions, 'taskQueue'>;
  const worker = await Worker.create({
    ...shared,
    taskQueue: taskQueueOf(tier),
    activities: createActivities(services),
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    // Recovery is set by time-outs: a killed worker's sticky queue is given up after this.
    stickyQueueScheduleToStartTimeout: '1s',
  });
  const ofHost = createHostActivities?.(services);
  const hostWorker = ofHost && (await Worker.create({ ...shared, taskQueue: services.hostQueue, activities: ofHost }));
  const health = config.healthPort === undefined ? null : await serveHealth(config.healthPort, tier, worker);
  const workers = [worker, ...(hostWorker ? [hostWorker] : [])];
  if (hostWorker) void tellOfSandbox(services.sandbox);
  onOrphaned(() => workers.forEach((each) => each.getState() === 'RUNNING' && each.shutdown()), ORPHAN_DEADLINE_MS);
  try {
    const ran = Promise.all(workers.map((each) => each.run()));
    void tellWhenPolling(worker, connection);
    await ran;
  } finally {
    health?.close();
    await services.sandbox.close();
    await store.close();
    await connection.close();
    leaveSupervisor();
  }
}

/** Tried before anybody asks: the log says what is missing. */
async function tellOfSandbox(sandbox: Sandbox): Promise<void> {
  const state = await sandbox.state();
  if (state.kind === 'refused') Runtime.instance().logger.warn(`No pod can be started: ${state.reason} ${state.fix}`);
}

async function connect({ home }: Config) {
  const { connectionOptions, namespace } = temporalTarget(home);
  return { connection: await NativeConnection.connect(connectionOptions), namespace };
}

function servicesOf(config: Config, store: Store): Services {
  const catalogue = loadCatalogue(config.modelsFile);
  const hostId = hostIdIn(config.home);
  const limiter = new Limiter({ most: config.slots, share: config.rateShare, now: () => performance.now() });
  return {
    store,
    caller: new ModelCaller({
      ...{ store, catalogue, limiter, providers: new Providers(catalogue, config.setting) },
      isBackground: () => isBackgroundKey(activityInfo().priority?.priorityKey),
    }),
    catalogue,
    ...{
      sandbox: new Sandbox({ mode: config.sandbox, folder: config.podsFolder, paths: config.podPaths }),
      hostId,
      hostQueue: hostQueueOf(hostId),
    },
    answererOf: (provider) => answererAt(addressOf(catalogue.provider(provider), config.setting)),
    cacheFolder: config.cache,
    scratchFolder: join(tmpdir(), 'flotilla-checks'),
    commandPath: config.path,
    reportsFolder: join(config.home, 'reports'),
  };
}
