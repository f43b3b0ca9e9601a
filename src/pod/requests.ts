/** Requests to one supervisor, by number: what is asked, and whom an answer is for. */
import { z } from 'zod';
import { assertAnswer } from './answers.ts';
import { PodRefusal } from './errors.ts';
import type { OperationName, PodMessage } from './protocol.ts';

interface Pending {
  name: OperationName;
  signal: AbortSignal;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

const AnswerSchema = z.union([
  z.strictObject({ ready: z.literal(true) }),
  z.strictObject({ id: z.int(), value: z.unknown() }),
  z.strictObject({ id: z.int(), refused: z.string() }),
  z.strictObject({ id: z.int(), failed: z.string() }),
]);

/** An aborted operation answers within this time, or the pod is ended. */
const ABORT_MS = 30_000;

export class Requests {
  readonly #say: (message: PodMessage) => void;
  readonly #onStuck: (detail: string) => void;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  /** Called once, when the supervisor hears. */
  onReady: () => void = () => undefined;

  constructor(say: (message: PodMessage) => void, onStuck: (detail: string) => void) {
    this.#say = say;
    this.#onStuck = onStuck;
  }

  get areUnderWay(): boolean {
    return this.#pending.size > 0;
  }

  /** Rejects with the signal's reason once the operation has ended, when it is aborted; whoever has no answer after `withinMs` is stuck. */
  async ask(name: OperationName, args: unknown, signal: AbortSignal, withinMs: number): Promise<unknown> {
    signal.throwIfAborted();
    const id = (this.#last += 1);
    const stuck = (what: string): void => this.#onStuck(`"${name}" ${what}`);
    let timer = setTimeout(() => stuck(`had no answer after ${withinMs} ms`), withinMs);
    const abort = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => stuck(`did not end within ${ABORT_MS} ms when it was aborted`), ABORT_MS);
      this.#say({ abort: id });
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { name, signal, resolve, reject });
        this.#say({ id, name, args });
      });
    } finally {
      this.#pending.delete(id);
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Throws for what no supervisor of ours says. */
  hear(line: string): void {
    const answer = AnswerSchema.parse(JSON.parse(line));
    if ('ready' in answer) {
      this.onReady();
      return;
    }
    const pending = this.#pending.get(answer.id);
    if (!pending) throw new Error(`An answer to request ${answer.id}, which is not under way.`);
    if (pending.signal.aborted) pending.reject(pending.signal.reason);
    else if ('refused' in answer) pending.reject(new PodRefusal(answer.refused));
    else if ('failed' in answer) pending.reject(new Error(`The pod failed at "${pending.name}": ${answer.failed}`));
    else {
      assertAnswer(pending.name, answer.value);
      pending.resolve(answer.value);
    }
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
  }
}
