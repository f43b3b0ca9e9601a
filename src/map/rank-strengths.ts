/**
 * The most likely strengths by Bradley and Terry's model (who is ahead by one logit wins e times for each defeat), with the scores as what
 * is believed beforehand. The likelihood has one peak; each item in turn goes uphill on it.
 */
import type { Winner } from './operations/compare.ts';

export interface Comparison {
  first: number;
  second: number;
  winner: Winner;
}

/** Points of score that are one logit. */
const POINTS_PER_LOGIT = 5;
/** How far a score may be off, in logits squared. */
const SCORE_VARIANCE = 4;

const MOST_ROUNDS = 300;
/** Logits. Below it, nothing that an order depends on still moves. */
const SMALLEST_STEP = 1e-3;

/** In points of score. Items without comparisons keep their scores. */
export function strengthsOf(scores: readonly number[], comparisons: readonly Comparison[]): number[] {
  const believed = Float64Array.from(scores, (score) => score / POINTS_PER_LOGIT);
  const strengths = believed.slice();
  const games = gamesOf(scores.length, comparisons);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (climb(strengths, believed, games) < SMALLEST_STEP) break;
  }
  return Array.from(strengths, (strength) => strength * POINTS_PER_LOGIT);
}

/** Each item's comparisons side by side: those of item `i` are from `starts[i]` to `starts[i + 1]`. */
interface Games {
  starts: Int32Array;
  opponents: Int32Array;
  points: Float64Array;
}

const POINTS_OF_FIRST: Record<Winner, number> = { first: 1, second: 0, tie: 0.5 };

function gamesOf(items: number, comparisons: readonly Comparison[]): Games {
  const starts = new Int32Array(items + 1);
  for (const { first, second } of comparisons) {
    starts[first + 1] = at(starts, first + 1) + 1;
    starts[second + 1] = at(starts, second + 1) + 1;
  }
  for (let item = 0; item < items; item += 1) starts[item + 1] = at(starts, item + 1) + at(starts, item);
  const next = starts.slice();
  const opponents = new Int32Array(comparisons.length * 2);
  const points = new Float64Array(comparisons.length * 2);
  const note = (item: number, opponent: number, won: number): void => {
    const place = at(next, item);
    opponents[place] = opponent;
    points[place] = won;
    next[item] = place + 1;
  };
  for (const { first, second, winner } of comparisons) {
    note(first, second, POINTS_OF_FIRST[winner]);
    note(second, first, 1 - POINTS_OF_FIRST[winner]);
  }
  return { starts, opponents, points };
}

/** One step of each item, and the longest of them. No step overshoots: it is measured by the steepest that the slope can change. */
function climb(strengths: Float64Array, believed: Float64Array, { starts, opponents, points }: Games): number {
  let longest = 0;
  for (let item = 0; item < strengths.length; item += 1) {
    const [start, end] = [at(starts, item), at(starts, item + 1)];
    const strength = at(strengths, item);
    let slope = (at(believed, item) - strength) / SCORE_VARIANCE;
    for (let game = start; game < end; game += 1) {
      const expected = 1 / (1 + Math.exp(at(strengths, at(opponents, game)) - strength));
      slope += at(points, game) - expected;
    }
    const step = slope / (1 / SCORE_VARIANCE + (end - start) / 4);
    strengths[item] = strength + step;
    longest = Math.max(longest, Math.abs(step));
  }
  return longest;
}

const at = (array: Int32Array | Float64Array, index: number): number => array[index] ?? 0;
