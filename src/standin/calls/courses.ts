/**
 * Responses from their creation to their end, by the clock: queued, in progress, ended. One that is kept goes on after a restart of the
 * stand-in, as if nothing had been.
 */
import type { Clock } from '../clock.ts';
import { isPending, type ResponseObject } from '../protocol/response-object.ts';
import type { Inputs } from '../state/inputs.ts';
import type { Shelf } from '../state/shelf.ts';
import type { TokenCounter } from '../../o200k.ts';
import type { KeptResponse, Work } from './kept-response.ts';
import { endedResponse } from './outcome.ts';

/** A response under way. */
export interface Course {
  pending: ResponseObject;
  work: Work;
  /** When it has left the queue. */
  begun: Promise<void>;
  /** Ended, cancelled or not. */
  ended: Promise<ResponseObject>;
}

/** How a response that can be asked for is kept. */
export interface Keeping {
  inputRef: string | null;
  expiresAt: number;
}

export interface CoursesOptions {
  clock: Clock;
  kept: Shelf<KeptResponse>;
  inputs: Inputs;
  count: TokenCounter;
}

export class Courses {
  readonly #options: CoursesOptions;
  readonly #underWay = new Map<string, AbortController>();

  constructor(options: CoursesOptions) {
    this.#options = options;
    for (const [, { response, work, ...keeping }] of options.kept.entries()) {
      if (!work) continue;
      const input = keeping.inputRef === null ? work.request.input : options.inputs.load(keeping.inputRef);
      this.begin(response, { ...work, request: { ...work.request, input } }, keeping);
    }
  }

  /** Contract: one that is kept is on disk when this returns. */
  begin(pending: ResponseObject, work: Work, keeping: Keeping | null): Course {
    const { clock, count } = this.#options;
    if (!keeping) {
      const ended = clock.until(work.endsAt).then(() => endedResponse(pending, work, count, clock.now()));
      return { pending, work, begun: clock.until(work.beginsAt), ended };
    }
    this.#keep(pending, work, keeping);
    const controller = new AbortController();
    this.#underWay.set(pending.id, controller);
    const begun = this.#leaveQueue(pending, work, keeping, controller.signal);
    const ended = begun.then(() => this.#end(pending, work, keeping, controller.signal));
    // Nobody may be waiting for it.
    ended.catch(() => undefined);
    return { pending, work, begun, ended };
  }

  find(id: string): KeptResponse | undefined {
    const { kept, clock } = this.#options;
    const found = kept.get(id);
    if (!found || clock.now() < found.expiresAt) return found;
    this.remove(id);
    return undefined;
  }

  remove(id: string): boolean {
    this.#underWay.get(id)?.abort();
    return this.#options.kept.delete(id);
  }

  /** Cancelling twice is cancelling once; what has ended stays as it is. */
  cancel(id: string): void {
    const { kept } = this.#options;
    const found = kept.get(id);
    if (!found || !isPending(found.response)) return;
    kept.put(id, { ...found, response: { ...found.response, status: 'cancelled' }, work: null });
    this.#underWay.get(id)?.abort();
  }

  #keep(response: ResponseObject, work: Work | null, keeping: Keeping): void {
    const kept = work && keeping.inputRef !== null ? { ...work, request: { ...work.request, input: [] } } : work;
    this.#options.kept.put(response.id, { response, work: kept, ...keeping });
  }

  async #leaveQueue(pending: ResponseObject, work: Work, keeping: Keeping, signal: AbortSignal): Promise<void> {
    if (pending.status === 'queued') await this.#options.clock.until(work.beginsAt, signal);
    const isOver = signal.aborted || work.endsAt <= this.#options.clock.now();
    if (!isOver) this.#keep({ ...pending, status: 'in_progress' }, work, keeping);
  }

  async #end(pending: ResponseObject, work: Work, keeping: Keeping, signal: AbortSignal): Promise<ResponseObject> {
    const { clock, count, kept } = this.#options;
    await clock.until(work.endsAt, signal);
    this.#underWay.delete(pending.id);
    // Cancelled, or deleted.
    if (signal.aborted) return kept.get(pending.id)?.response ?? { ...pending, status: 'cancelled' };
    const ended = endedResponse(pending, work, count, clock.now());
    this.#keep(ended, null, keeping);
    return ended;
  }
}
