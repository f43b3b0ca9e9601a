/**
 * One item on its way: an answer that can't be used is asked for again; a second one, or one that is not sure enough, goes one tier up, at most
 * twice; then the item is a dead letter. Going the same way again costs nothing: every call has a key.
 */
import { type Tier } from '../../src/contracts/addresses.ts';
import type { DeadLetter, Item, ItemOutcome, ItemResult } from '../../src/contracts/map.ts';
import type { Operation, Verdict } from '../../src/map/operations/operation.ts';
import type { Ask, Said } from './ask.ts';
import { itemQuestion, packQuestion, type Placed } from './questions.ts';

/** From the smallest to the largest. */
const UPWARDS: Tier[] = ['nano', 'mini', 'manager'];
const TRIES_ON_A_TIER = 2;
const REASON_CHARACTERS = 500;

export interface ClimbRules {
  operation: Operation;
  threshold: number | undefined;
  /** Where items start. */
  tier: Tier;
}

/** An item that a pack brought nothing for, and its part of what the pack cost. */
type Unanswered = Placed & { paidMicros: number };

/** How far an item came. */
interface Progress {
  tier: Tier;
  attempts: number;
  costMicros: number;
  dead: DeadLetter['dead'];
  /** What of a refused answer stands all the same: better than nothing, in the end. */
  usable?: unknown;
}

export class Climb {
  readonly #rules: ClimbRules;
  readonly #ask: Ask;

  constructor(rules: ClimbRules, ask: Ask) {
    this.#rules = rules;
    this.#ask = ask;
  }

  /** `position` names the item's calls; `paidMicros` was paid for it before. */
  async item(item: Item, position: number, paidMicros = 0): Promise<ItemOutcome> {
    const { tier } = this.#rules;
    const progress: Progress = {
      tier,
      attempts: 0,
      costMicros: paidMicros,
      dead: { type: 'ModelAnswerInvalid', reason: '' },
    };
    for (const next of UPWARDS.slice(UPWARDS.indexOf(tier))) {
      progress.tier = next;
      const result = await this.#on(next, item, position, progress);
      if (result) return result;
    }
    const { usable, ...dead } = progress;
    if (usable === undefined) return dead;
    const { tier: reached, attempts, costMicros } = dead;
    return { tier: reached, attempts, costMicros, result: usable };
  }

  /** All of one call; `rest` is what it brought nothing for. Each is charged its part of the call. */
  async pack(
    together: Placed[],
    position: number,
  ): Promise<{ answered: (Placed & { outcome: ItemResult })[]; rest: Unanswered[] }> {
    const { operation, tier } = this.#rules;
    const items = together.map(({ item }) => item);
    const said = await this.#ask(packQuestion(operation, tier, items, position));
    const shares = sharesOf(said.costMicros, together.length);
    const rest = together.map((placed, place) => ({ ...placed, paidMicros: shares[place] ?? 0 }));
    if ('failure' in said) return { answered: [], rest };
    const { verdicts } = operation.acceptPack(said.text, items);
    const answered = together.flatMap((placed, place) => {
      const verdict = verdicts[place];
      const progress = { tier, attempts: 1, costMicros: shares[place] ?? 0 };
      const outcome = verdict && this.#resultOf(verdict, progress);
      return outcome ? [{ ...placed, outcome }] : [];
    });
    const known = new Set(answered.map(({ index }) => index));
    return { answered, rest: rest.filter(({ index }) => !known.has(index)) };
  }

  /** Its tries on one tier; null where none of them will do. */
  async #on(tier: Tier, item: Item, position: number, progress: Progress): Promise<ItemResult | null> {
    const { operation } = this.#rules;
    let problems: string[] | undefined;
    for (let n = 1; n <= TRIES_ON_A_TIER; n += 1) {
      const said: Said = await this.#ask(itemQuestion(operation, { tier, n, problems }, item, position));
      progress.attempts += 1;
      progress.costMicros += said.costMicros;
      if ('failure' in said) {
        // The very same question would be answered the same way.
        progress.dead = { type: said.failure, reason: said.message.slice(0, REASON_CHARACTERS) };
        return null;
      }
      const verdict = operation.accept(said.text, item);
      const result = this.#resultOf(verdict, progress);
      if (result) return result;
      progress.dead = this.#whyNot(verdict);
      if (!verdict.problems) return null;
      if (verdict.usable !== undefined) progress.usable = verdict.usable;
      ({ problems } = verdict);
    }
    return null;
  }

  #resultOf(verdict: Verdict, { tier, attempts, costMicros }: Omit<Progress, 'dead'>): ItemResult | null {
    if (verdict.problems || !this.#isSure(verdict.confidence)) return null;
    const { value: result, confidence } = verdict;
    return { tier, attempts, costMicros, ...(confidence !== undefined && { confidence }), result };
  }

  #isSure(confidence: number | undefined): boolean {
    const { threshold } = this.#rules;
    return confidence === undefined || threshold === undefined || confidence >= threshold;
  }

  #whyNot(verdict: Verdict): DeadLetter['dead'] {
    if (verdict.problems) {
      const { problems, last } = verdict;
      return { type: 'ModelAnswerInvalid', reason: problems.join(' ').slice(0, REASON_CHARACTERS), last };
    }
    const reason = `A confidence of ${verdict.confidence} is below the threshold of ${this.#rules.threshold}.`;
    return { type: 'ConfidenceTooLow', reason, last: verdict.value };
  }
}

/** Whole micro-dollars that add up to the cost. */
function sharesOf(costMicros: number, count: number): number[] {
  const each = Math.floor(costMicros / count);
  return Array.from({ length: count }, (_, place) => (place < costMicros - each * count ? each + 1 : each));
}
