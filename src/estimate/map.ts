/** What a map may cost before anybody has counted its items: by the size of its input. The figures were chosen by hand. */
import type { Range } from '../contracts/estimate.ts';
import type { MapLane, MapSpec } from '../contracts/map.ts';
import { MAP_PHASES } from '../contracts/map-run.ts';
import { costMicros } from '../pricing.ts';
import { type Effort, type Model, tokensOf } from './assumptions.ts';
import { each } from './range.ts';

/** Of one item: a row of a table; a piece of a file, for a review. */
const ROW_BYTES: Range = { low: 1000, likely: 300, high: 100 };
const PIECE_BYTES: Range = { low: 8000, likely: 6000, high: 4000 };
/** Instructions and schema; labels come on top. */
const REQUEST_TOKENS = 250;
const ROW_ANSWER_TOKENS: Range = { low: 15, likely: 80, high: 400 };
const PIECE_ANSWER_TOKENS: Range = { low: 50, likely: 400, high: 2000 };
/** Calls for one item, those on other tiers priced as if they were on this one. */
const CALLS: Range = { low: 1, likely: 1.02, high: 1.5 };
const CALLS_AT_ONCE = 100;
const CALL_SECONDS: Range = { low: 0.5, likely: 1.5, high: 10 };
/** A batch is promised within a day. */
const BATCH_SECONDS: Range = { low: 600, likely: 7200, high: 86_400 };
/** A saving that nobody would wait for. */
const WORTH_WAITING_MICROS = 10_000;

/** What of a map its lane depends on. */
type Chosen = Pick<MapSpec, 'operation' | 'pack' | 'lane' | 'deadlineHours'>;

/** The lane of a map whose input is so large. */
export function chosenLane(model: Model, map: Chosen, inputBytes: number): MapLane {
  const { lane, deadlineHours = Number.POSITIVE_INFINITY } = map;
  if (lane !== 'auto') return lane;
  if (deadlineHours * 3600 < batchSeconds(map.operation).high || !model.profile.capabilities?.includes('batch'))
    return 'live';
  const costs = (at: MapLane): number => effortIn(at, model, map, inputBytes).costMicros.likely;
  return costs('live') - costs('batch') < WORTH_WAITING_MICROS ? 'live' : 'batch';
}

export const assumedMap = (model: Model, map: Chosen, inputBytes: number): Effort =>
  effortIn(chosenLane(model, map, inputBytes), model, map, inputBytes);

/** The rounds of a ranking follow each other, each with batches of its own. */
const batchSeconds = (operation: MapSpec['operation']): Range =>
  operation.name === 'rank' && operation.comparisons > 0
    ? each((which) => BATCH_SECONDS[which] * MAP_PHASES.length)
    : BATCH_SECONDS;

function effortIn(
  lane: MapLane,
  { figures }: Model,
  { operation, pack }: Pick<MapSpec, 'operation' | 'pack'>,
  inputBytes: number,
): Effort {
  const isReview = operation.name === 'review';
  const items = each((which) => Math.ceil(inputBytes / (isReview ? PIECE_BYTES : ROW_BYTES)[which]));
  const calls = each((which) => Math.ceil((items[which] / pack) * CALLS[which]));
  const asked = REQUEST_TOKENS + tokensOf(Buffer.byteLength(JSON.stringify(operation)));
  const answer = isReview ? PIECE_ANSWER_TOKENS : ROW_ANSWER_TOKENS;
  return {
    costMicros: each((which) => {
      const itemTokens = tokensOf(inputBytes / Math.max(1, items[which]));
      const usage = { inputTokens: asked + pack * itemTokens, outputTokens: pack * answer[which] };
      const call = { ...usage, cachedInputTokens: 0, reasoningTokens: 0 };
      return calls[which] * costMicros(figures, call, lane === 'batch' ? 'batch' : 'default');
    }),
    seconds:
      lane === 'batch'
        ? batchSeconds(operation)
        : each((which) => Math.ceil(calls[which] / CALLS_AT_ONCE) * CALL_SECONDS[which]),
  };
}
