/**
 * Who goes next of those who wait. Objectives go in turn, each in its own order; interactive ones before background ones, of which one
 * goes after `MOST_IN_A_ROW` others at the latest. So whoever waits is passed, for itself and for each of its own objective before it,
 * by one of every other objective of its class at most, however many those have waiting.
 */
export interface Asker {
  objectiveId: string;
  isBackground: boolean;
}

/** Interactive ones while a background one waits. */
export const MOST_IN_A_ROW = 9;

export class FairQueue<T> {
  readonly #interactive = new Round<T>();
  readonly #background = new Round<T>();
  #inARow = 0;

  get isEmpty(): boolean {
    return this.#interactive.isEmpty && this.#background.isEmpty;
  }

  add({ objectiveId, isBackground }: Asker, one: T): void {
    this.#of(isBackground).add(objectiveId, one);
  }

  /** It waits no longer. */
  remove({ objectiveId, isBackground }: Asker, one: T): void {
    this.#of(isBackground).remove(objectiveId, one);
  }

  next(): T | undefined {
    const isForBackground = this.#interactive.isEmpty || (!this.#background.isEmpty && this.#inARow === MOST_IN_A_ROW);
    this.#inARow = isForBackground || this.#background.isEmpty ? 0 : this.#inARow + 1;
    return this.#of(isForBackground).next();
  }

  #of(isBackground: boolean): Round<T> {
    return isBackground ? this.#background : this.#interactive;
  }
}

/** Objectives for which something waits, in the order of their turns. */
class Round<T> {
  readonly #lines = new Map<string, T[]>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  add(objectiveId: string, one: T): void {
    const line = this.#lines.get(objectiveId);
    if (line) line.push(one);
    else this.#lines.set(objectiveId, [one]);
  }

  remove(objectiveId: string, one: T): void {
    const line = this.#lines.get(objectiveId) ?? [];
    const at = line.indexOf(one);
    if (at >= 0) line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(objectiveId);
  }

  next(): T | undefined {
    for (const [objectiveId, line] of this.#lines) {
      const one = line.shift();
      // Its next turn comes after everybody's.
      this.#lines.delete(objectiveId);
      if (line.length > 0) this.#lines.set(objectiveId, line);
      return one;
    }
    return undefined;
  }
}
