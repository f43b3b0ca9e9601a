/** What the range of the flagship's cost takes for granted, in sentences: those that this run makes necessary. */
import type { Benchmark, ModelFigures } from '../catalogue/schema.ts';
import { formatUsd } from '../contracts/money.ts';
import type { SortedCalls } from './call-roles.ts';
import type { Scaling } from './solve-rates.ts';

interface Ground {
  calls: SortedCalls[];
  flagship: string;
  figures: ModelFigures;
  scaling: Scaling;
  isStandIn: boolean;
}

export function assumptionsOf(ground: Ground): string[] {
  if (ground.calls.length === 0) return ['No model was called: there is nothing to compare.'];
  return [prices(ground), CACHES, alone(ground), ...rates(ground), ...untold(ground), ...standIn(ground), QUALITY];
}

function prices({ flagship, figures: { prices: of, longContext } }: Ground): string {
  const listed = `$${of.input} input, $${of.cachedInput} cached, $${of.output} output`;
  const surcharge = longContext
    ? `; a request of more than ${longContext.aboveTokens.toLocaleString('en')} input tokens at its surcharge`
    : '';
  return `A token of any model counts as a token of ${flagship}, at its list price per million: ${listed}${surcharge}.`;
}

const CACHES =
  'What was read from a cache here is read from a cache there, save in the last case. One long conversation might find more in its cache, and would send more: the books can’t tell.';

function alone({ calls }: Ground): string {
  const handsOver = calls.some(({ kind }) => kind === 'triage') ? ', triage' : '';
  return `The flagship alone might need no planning, judging${handsOver} or second tries: there are cases with them and without. All of them are part of what was spent.`;
}

const NAMES: Record<Benchmark, string> = {
  'swe-bench-pro': 'SWE-Bench Pro',
  'mcp-atlas': 'MCP Atlas',
  gpqa: 'GPQA Diamond',
  'osworld-verified': 'OSWorld-Verified',
};

function rates({ flagship, scaling: { compared, missing } }: Ground): string[] {
  if (missing.length > 0) {
    const which = missing.map(({ model, benchmark }) => `${model} (${NAMES[benchmark]})`).join(', ');
    return [`No case is scaled by solve rates: the catalogue has none of ${which}.`];
  }
  if (compared.length === 0) return [];
  const ratios = compared.map(
    ({ model, benchmark, solves, flagshipSolves }) =>
      `${model} ${solves} %, ${flagship} ${flagshipSolves} % on ${NAMES[benchmark]}, so × ${(solves / flagshipSolves).toFixed(3)}`,
  );
  return [`Solve rates are the published ones, at the highest effort and not measured here: ${ratios.join('; ')}.`];
}

function untold({ calls }: Ground): string[] {
  const micros = calls.reduce((sum, { untoldMicros, inDoubtMicros }) => sum + untoldMicros + inDoubtMicros, 0);
  if (micros === 0) return [];
  const what = 'is in doubt, went into answers that could not be used, or came without a count of tokens';
  return [`${formatUsd(micros)} of what was spent ${what}: it counts for this run alone, not for the flagship.`];
}

const standIn = ({ isStandIn }: Ground): string[] => (isStandIn ? [STAND_IN] : []);

const STAND_IN =
  'Answers came from the stand-in, so nobody was billed: prices are those of the list, and tokens those of a program that follows rules. Language models would have used others.';

const QUALITY =
  'Nothing is said of how good the answer of the flagship alone would have been, or how long it would have taken.';
