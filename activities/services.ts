/** What Activities are given: outside parties, opened once per worker. Tests hand in a store in a temporary folder. */
import type { Catalogue } from '../src/catalogue/catalogue.ts';
import type { ModelCaller } from '../src/model/journaled-call.ts';
import type { Sandbox } from '../src/pod/sandbox.ts';
import type { Store } from '../src/store/store.ts';

export interface Services {
  store: Store;
  caller: ModelCaller;
  /** What calls cost, and would have cost. */
  catalogue: Catalogue;
  /** Who answers under a provider's name: what a stand-in said is not taken for what a model would. */
  answererOf: (provider: string) => string;
  /** Where tools that write run, and commands. */
  sandbox: Sandbox;
  /** This host, and the Task Queue of what has to run on it. */
  hostId: string;
  hostQueue: string;
  /** What can be made again: searchable trees. */
  cacheFolder: string;
  /** Where copies for checks are made, and removed again. */
  scratchFolder: string;
  /** Where checks look for programs. */
  commandPath: string;
  /** Where finished reports are written as files. */
  reportsFolder: string;
}
