/**
 * How many calls of one model of one provider a worker has under way. Additive increase while answers come, multiplicative decrease when the
 * provider says "too many", and a rest for as long as it asks for. Waiting costs nothing: no money is reserved before the gate is passed.
 * Objectives pass in turn: one with hundreds of calls waiting holds up no other.
 */
import { type Asker, FairQueue } from './fair-queue.ts';
import type { RateLimits } from './port.ts';

export interface GateSettings {
  /** The most calls at once. */
  most: number;
  /** This worker's part of the account's limits, above 0 and at most 1. */
  share: number;
  /** Monotonic, in milliseconds. */
  now: () => number;
}

export type Outcome = 'answered' | 'limited' | 'other';
/** How a call ended: what is said first counts, so that whoever holds a place can give it up in any case. */
export type Leave = (outcome: Outcome, retryAfterMs?: number) => void;

const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 60_000;
/** Those who wait together do not come back together. */
const JITTER = 0.3;

export class Gate {
  readonly #settings: GateSettings;
  #allowed: number;
  #inFlight = 0;
  #restsUntil = 0;
  #nextRestMs = FIRST_REST_MS;
  #decreasedAt = Number.NEGATIVE_INFINITY;
  readonly #waiting = new FairQueue<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(settings: GateSettings) {
    this.#settings = settings;
    this.#allowed = settings.most;
  }

  /** Calls that may be under way now. */
  get allowed(): number {
    return Math.floor(this.#allowed);
  }

  /** Resolves to how the call is reported back, once it may be made; rejects with the reason of a signal that aborts before. */
  enter(asker: Asker, signal: AbortSignal): Promise<Leave> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const pass = (): void => resolve(this.#begin());
      if (this.#isOpen && this.#waiting.isEmpty) pass();
      else this.#wait(asker, signal, { pass, reject });
    });
  }

  /** What the provider tells with every answer: when our share is used up, the gate rests until it is filled again. */
  observe({ requests, tokens }: RateLimits): void {
    for (const budget of [requests, tokens]) {
      if (!budget) continue;
      const othersPart = budget.limit * (1 - this.#settings.share);
      if (budget.remaining - othersPart < 1) this.#restFor(budget.resetMs * this.#settings.share);
    }
  }

  get #isOpen(): boolean {
    return this.#inFlight < this.allowed && this.#settings.now() >= this.#restsUntil;
  }

  #increase(): void {
    this.#allowed = Math.min(this.#settings.most, this.#allowed + 1 / this.#allowed);
    this.#nextRestMs = FIRST_REST_MS;
  }

  /** Calls that were under way together are one refusal, not many. */
  #decrease(startedAt: number, retryAfterMs: number | undefined): void {
    const now = this.#settings.now();
    if (startedAt > this.#decreasedAt) {
      this.#allowed = Math.max(1, this.#allowed / 2);
      this.#decreasedAt = now;
      this.#nextRestMs = Math.min(this.#nextRestMs * 2, LONGEST_REST_MS);
    }
    this.#restFor((retryAfterMs ?? this.#nextRestMs) * (1 + Math.random() * JITTER));
  }

  #restFor(ms: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#settings.now() + ms);
  }

  /** The call counts as under way from here on, so that nobody who comes in between takes its place. */
  #begin(): Leave {
    this.#inFlight += 1;
    const startedAt = this.#settings.now();
    let isUnderWay = true;
    return (outcome, retryAfterMs) => {
      if (!isUnderWay) return;
      isUnderWay = false;
      this.#inFlight -= 1;
      if (outcome === 'answered') this.#increase();
      if (outcome === 'limited') this.#decrease(startedAt, retryAfterMs);
      this.#letPass();
    };
  }

  #wait(asker: Asker, signal: AbortSignal, { pass, reject }: { pass: () => void; reject: (error: Error) => void }) {
    const leave = (): void => {
      this.#waiting.remove(asker, goOn);
      reject(signal.reason as Error);
    };
    const goOn = (): void => {
      signal.removeEventListener('abort', leave);
      pass();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.add(asker, goOn);
    this.#letPass();
  }

  #letPass(): void {
    if (this.#waiting.isEmpty) return;
    // Read once: a rest that ended between two readings would leave nobody to wake who waits.
    const restMs = this.#restsUntil - this.#settings.now();
    if (restMs > 0) return this.#letPassIn(restMs);
    while (this.#inFlight < this.allowed) {
      const pass = this.#waiting.next();
      if (!pass) return;
      pass();
    }
  }

  #letPassIn(ms: number): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#letPass();
    }, ms);
    this.#timer.unref();
  }
}

/** One gate per model of a provider. */
export class Limiter {
  readonly #settings: GateSettings;
  readonly #gates = new Map<string, Gate>();

  constructor(settings: GateSettings) {
    this.#settings = settings;
  }

  gate(provider: string, model: string): Gate {
    const key = `${provider}/${model}`;
    const gate = this.#gates.get(key) ?? new Gate(this.#settings);
    this.#gates.set(key, gate);
    return gate;
  }
}
