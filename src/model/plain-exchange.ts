/**
 * One request of undici and its answer, read as it comes and given out as a whole. undici's own `request` makes a stream for each answer, which
 * takes more CPU than the answer itself.
 */
import type { Dispatcher } from 'undici';

export interface PlainHead {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `signal` lets go of the connection; what was asked for then fails with its reason. */
export class PlainExchange implements Dispatcher.DispatchHandler {
  readonly #mostBytes: number;
  readonly #signal: AbortSignal | null;
  readonly #head = Promise.withResolvers<PlainHead>();
  readonly #body = Promise.withResolvers<string>();
  readonly #pieces: Buffer[] = [];
  readonly #giveUp = (): void => this.#controller?.abort(this.#signal?.reason as Error);
  #controller: Dispatcher.DispatchController | null = null;
  #bytes = 0;

  constructor(mostBytes: number, signal: AbortSignal | null) {
    this.#mostBytes = mostBytes;
    this.#signal = signal;
    // Who asks for the head alone does not hear of the body.
    this.#body.promise.catch(() => undefined);
    signal?.addEventListener('abort', this.#giveUp, { once: true });
  }

  get head(): Promise<PlainHead> {
    return this.#head.promise;
  }

  get text(): Promise<string> {
    return this.#body.promise;
  }

  /** For an answer that nobody reads. */
  drop(): void {
    this.#controller?.abort(new TypeError('The answer was dropped.'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted) this.#giveUp();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: PlainHead['headers']): void {
    const isInterim = status < 200;
    if (!isInterim) this.#head.resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > this.#mostBytes)
      controller.abort(new TypeError(`The answer is longer than ${this.#mostBytes} bytes.`));
  }

  onResponseEnd(): void {
    this.#end();
    const [first, ...others] = this.#pieces;
    this.#body.resolve((others.length === 0 ? first : Buffer.concat(this.#pieces))?.toString('utf8') ?? '');
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#end();
    this.#head.reject(error);
    this.#body.reject(error);
  }

  #end(): void {
    this.#controller = null;
    this.#signal?.removeEventListener('abort', this.#giveUp);
  }
}
