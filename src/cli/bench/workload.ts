/** One kind of work of a harness, as the product takes part in it. */
import { z } from 'zod';
import type { Flotilla } from '../../client/connect.ts';

export interface WorkloadFlags {
  n: number;
  concurrency: number;
  /** Outlives a kill; the results are written there. */
  out: string;
}

/** The work itself, from the first call to the results in `out`; what a kill has left is taken up again. `reportsFolder` is that of the product. */
export type CarryOut = (flotilla: Flotilla, reportsFolder: string) => Promise<void>;

/** `harness`: its `workloads.mjs`. What is prepared before it resolves is not measured. */
export type Workload = (harness: unknown, flags: WorkloadFlags) => Promise<CarryOut>;

/** The id of the objective: starting it twice is starting it once. */
export const BENCH_ID = 'bench';

/** A function of the harness. */
export const harnessFunction = <F extends (...args: never[]) => unknown>() =>
  z.custom<F>((value) => typeof value === 'function');
