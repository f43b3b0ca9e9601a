/** Activities as a worker runs them: a real store, a scripted stand-in behind the real client, Temporal's mock of a context. */
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Services } from '../../activities/services.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { Sandbox } from '../../src/pod/sandbox.ts';
import { podsFolder } from './folders.ts';
import { type ModelSetup, modelSetup } from './model.ts';

export async function servicesSetup(setup: ModelSetup = {}) {
  const { folder, standIn, store, caller } = await modelSetup(setup);
  const services: Services = {
    store,
    caller,
    catalogue: loadCatalogue(),
    answererOf: () => 'stand-in',
    ...{ sandbox: new Sandbox({ mode: 'pod', folder: podsFolder() }), hostId: 'test', hostQueue: 'host-test' },
    cacheFolder: join(folder, 'cache'),
    scratchFolder: join(folder, 'scratch'),
    commandPath: '',
    reportsFolder: join(folder, 'reports'),
  };
  /** Runs an Activity in a context of its own. */
  const run = <A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
    new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run<A, R, typeof activity>(
      activity,
      ...args,
    );
  return { services, folder, store, standIn, run };
}
