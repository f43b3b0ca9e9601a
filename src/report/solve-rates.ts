/** How many tries a model needs beside the flagship, by the solve rates that were published for both on one benchmark. */
import type { Benchmark, ModelFigures } from '../catalogue/schema.ts';
import type { Kind } from '../contracts/kinds.ts';
import type { SortedCalls } from './call-roles.ts';

/** The benchmark that is most like the kind. Null: who works alone does not do it. */
const BENCHMARK_OF: Record<Kind, Benchmark | null> = {
  investigate: 'mcp-atlas',
  check: null,
  triage: null,
  map: 'gpqa',
  code: 'swe-bench-pro',
  ask: 'gpqa',
};

const benchmarkOf = ({ kind }: SortedCalls): Benchmark | null => kind && BENCHMARK_OF[kind];

/** Work that somebody alone would have to do, too. */
export const isTry = (call: SortedCalls): boolean => benchmarkOf(call) !== null;

/** A model and the flagship, each with its percent of the benchmark. */
interface Comparison {
  model: string;
  benchmark: Benchmark;
  solves: number;
  flagshipSolves: number;
}

export interface Scaling {
  compared: Comparison[];
  /** Solve rates that nobody published. */
  missing: { model: string; benchmark: Benchmark }[];
  /** Null where a rate is missing. */
  factorOf: ((call: SortedCalls) => number) | null;
}

/** Expected tries are 1 ÷ solve rate, so the flagship needs (the other's rate ÷ its own) times the tokens of all tries. */
export function scalingOf(
  calls: SortedCalls[],
  flagship: ModelFigures,
  figuresOf: (model: string) => ModelFigures | undefined,
): Scaling {
  const compared = new Map<string, Comparison>();
  const missing = new Map<string, Scaling['missing'][number]>();
  for (const call of calls) {
    const { model } = call;
    const benchmark = benchmarkOf(call);
    const figures = figuresOf(model);
    if (!benchmark || figures === flagship) continue;
    const [solves, flagshipSolves] = [figures?.solveRates?.[benchmark], flagship.solveRates?.[benchmark]];
    if (solves && flagshipSolves) compared.set(keyOf(model, benchmark), { model, benchmark, solves, flagshipSolves });
    if (!solves) missing.set(keyOf(model, benchmark), { model, benchmark });
    if (!flagshipSolves) missing.set(keyOf(flagship.id, benchmark), { model: flagship.id, benchmark });
  }
  const factorOf = (call: SortedCalls): number => {
    const comparison = compared.get(keyOf(call.model, benchmarkOf(call)));
    return comparison ? comparison.solves / comparison.flagshipSolves : 1;
  };
  const isWhole = missing.size === 0;
  return { compared: [...compared.values()], missing: [...missing.values()], factorOf: isWhole ? factorOf : null };
}

const keyOf = (model: string, benchmark: Benchmark | null): string => `${benchmark} ${model}`;
