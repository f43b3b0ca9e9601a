/** Is an instance one? Without a change it must not be solved, with the patch that is known to solve it it must. */
import type { Manifest } from '../contracts/workspace.ts';
import type { Bench } from './evaluate.ts';
import { judge, type Judged, type OpenInstance } from './run.ts';
import { verdictOf } from './verdict.ts';

export interface Validation {
  /** Why it is none; empty where it is one. */
  problems: string[];
  unchanged: Judged;
  oracle: Judged;
}

/** The oracle goes first: where it gives results, it is the base's own doing that it has none. */
export async function validate(bench: Bench, opened: OpenInstance, solved: Manifest): Promise<Validation> {
  const oracle = await judge(bench, opened, solved);
  const { evaluation } = await judge(bench, opened, null);
  const verdict = verdictOf(opened.instance, evaluation, oracle.evaluation);
  const unchanged = { verdict, evaluation };
  return { problems: [...oracleProblems(oracle), ...baseProblems(unchanged)], unchanged, oracle };
}

function oracleProblems({ verdict }: Judged): string[] {
  return verdict.outcome === 'resolved' ? [] : [`The oracle does not pass: ${verdict.message}`];
}

function baseProblems({ verdict: { outcome, message, failToPass, passToPass }, evaluation }: Judged): string[] {
  if (outcome === 'environment-failure') return [`The base can't be judged: ${message}`];
  const early = failToPass.passed.map((name) => `"${name}" is in failToPass and passes without any change.`);
  const hasResults = (evaluation.test?.tests.length ?? 0) > 0;
  const late = hasResults ? [...passToPass.failed, ...passToPass.notRun] : [];
  return [...early, ...late.map((name) => `"${name}" is in passToPass and does not pass without a change.`)];
}
