/**
 * A worker in this process that meets at most one misfortune, at a point around a call. A dead one is left where it stood: nothing that it
 * would do afterwards reaches the store.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { underHeartbeat } from '../../activities/heartbeat.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { FAILURES } from '../../src/contracts/failures.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { ModelCaller } from '../../src/model/journaled-call.ts';
import { Limiter } from '../../src/model/limiter.ts';
import { Providers } from '../../src/model/providers.ts';
import type { Journal } from '../../src/store/journal.ts';
import { OwnerLeases } from '../../src/store/owners.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { head } from './journal.ts';

const COMMANDS = ['find', 'intend', 'identify', 'answer', 'reject', 'doubt'] as const;
type Command = (typeof COMMANDS)[number];

export const POINTS = ['at the provider', ...COMMANDS.flatMap((name) => [`before ${name}`, `after ${name}`] as const)];
export type Point = (typeof POINTS)[number];

/**
 * `stalls`: keeps its lease and goes on once another worker waits for it. `is cancelled`: by a person. `loses its attempt`: it timed out at
 * the server. `store fails`: one command throws, be it carried out or not.
 */
export const MISFORTUNES = ['dies', 'stalls', 'is cancelled', 'loses its attempt', 'store fails'] as const;

export interface Misfortune {
  what: (typeof MISFORTUNES)[number];
  at: Point;
  /** At the how-manieth time. */
  hit: number;
}

/** How a call is made. */
export interface Asked {
  isBackground: boolean;
  /** It keeps no conversation. */
  isSingle: boolean;
}

/** What a life is lived in. */
interface Surroundings {
  /** Of the objective, and of its account. */
  id: string;
  /** Where the store is. */
  folder: string;
  /** Where the provider is. */
  baseUrl: string;
  calls: Asked[];
  befell: (misfortune: Misfortune) => void;
  /** Somebody looks whether an owner lives. */
  looksFor: (ownerId: string) => void;
  /** Whoever is stalled goes on. */
  resumeAll: () => void;
  checkCap: () => void;
}

const MOST_TRIES = 300;
const QUIET = new DefaultLogger('ERROR');
const CATALOGUE = loadCatalogue();
const never = new Promise<never>(() => undefined);

/** A worker: a connection to the store, an owner lease, a caller. */
export class Life {
  readonly ownerId: string;
  readonly #run: Surroundings;
  readonly #misfortune: Misfortune | null;
  readonly #store: Store;
  readonly #owners: OwnerLeases;
  readonly #caller: ModelCaller;
  readonly #environments = new Set<MockActivityEnvironment>();
  readonly #gone = Promise.withResolvers<null>();
  readonly #resumed = Promise.withResolvers<null>();
  #working: Promise<unknown> = Promise.resolve();
  #hits = 0;
  #isDead = false;
  #isStalled = false;
  #isCancelled = false;
  #storeFails = false;

  constructor(run: Surroundings, misfortune: Misfortune | null) {
    this.#run = run;
    this.#misfortune = misfortune;
    this.#store = openStore(run.folder);
    const looksFor = (ownerId: string): void => run.looksFor(ownerId);
    const isDead = (): boolean => this.#isDead;
    this.#owners = new (class extends OwnerLeases {
      override take(): void {
        if (!isDead()) super.take();
      }

      override isAlive(ownerId: string): boolean {
        const isAlive = super.isAlive(ownerId);
        looksFor(ownerId);
        return isAlive;
      }
    })(join(run.folder, 'owners'));
    this.ownerId = this.#owners.ownerId;
    const { baseUrl } = run;
    // A clock that runs fast: what the provider asks us to wait is not what is tested here.
    const limiter = new Limiter({ most: 100, share: 1, now: () => performance.now() * 1000 });
    const providers = new Providers(CATALOGUE, (name) => (name.endsWith('BASE_URL') ? baseUrl : 'test'));
    const store = { ...this.#store, owners: this.#owners, journal: this.#journal() };
    this.#caller = new ModelCaller({ store, catalogue: CATALOGUE, limiter, providers });
  }

  /** Until all calls are answered or have failed for good, or the worker is out of action. */
  async live(): Promise<void> {
    this.#working = Promise.all(this.#run.calls.map((asked, index) => this.#drive(index, asked)));
    this.#working.catch(() => undefined);
    await Promise.race([this.#working, this.#gone.promise]);
  }

  /** A stalled worker goes on. */
  resume(): void {
    this.#isStalled = false;
    this.#resumed.resolve(null);
  }

  /** Whoever is not dead ends its work. */
  async end(): Promise<void> {
    if (!this.#isDead) await this.#working;
    this.#loseAttempts();
    await this.#store.close();
    this.#owners.release();
  }

  /** The point is reached; what befalls the worker there befalls it now. */
  meet(point: Point): void {
    if (this.#isDead || point !== this.#misfortune?.at || (this.#hits += 1) !== this.#misfortune.hit) return;
    this.#run.befell(this.#misfortune);
    switch (this.#misfortune.what) {
      case 'dies':
        this.#isDead = true;
        this.#owners.release();
        return this.#gone.resolve(null);
      case 'stalls':
        this.#isStalled = true;
        return this.#gone.resolve(null);
      case 'is cancelled':
        this.#isCancelled = true;
        for (const environment of this.#environments) environment.cancel();
        return;
      case 'loses its attempt':
        return this.#loseAttempts();
      case 'store fails':
        this.#storeFails = true;
    }
  }

  #loseAttempts(): void {
    const details = new ActivityCancellationDetails({ timedOut: true });
    for (const environment of this.#environments) environment.cancel('TIMED_OUT', details);
  }

  #journal(): Journal {
    return new Proxy(this.#store.journal, {
      get: (target, command: Command) => async (argument: never) => {
        await this.#pass(`before ${command}`);
        const result = await (target[command] as (argument: never) => Promise<unknown>)(argument);
        await this.#pass(`after ${command}`);
        return result;
      },
    });
  }

  async #pass(point: Point): Promise<void> {
    if (!this.#isDead) this.#run.checkCap();
    this.meet(point);
    if (this.#isDead) return never;
    if (this.#isStalled) await this.#resumed.promise;
    if (!this.#storeFails) return;
    this.#storeFails = false;
    throw new TypedFailure('StoreUnavailable', 'The disk is full.');
  }

  /** As Temporal does: again, where that can help. */
  async #drive(index: number, asked: Asked): Promise<void> {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      try {
        return void (await this.#attempt(index, asked));
      } catch (failure) {
        if (this.#isDead || this.#isCancelled) return;
        if (failure instanceof TypedFailure) {
          if (failure.type === 'BudgetExceeded' || FAILURES[failure.type].effect === 'fail') return;
          this.#run.resumeAll();
          await sleep(20);
        } else if ((failure as Error).name !== 'CancelledFailure') throw failure;
      }
    }
    throw new Error(`Call ${index} of ${this.#run.id} did not end.`);
  }

  async #attempt(index: number, asked: Asked): Promise<void> {
    const environment = new MockActivityEnvironment(undefined, { logger: QUIET });
    this.#environments.add(environment);
    try {
      await environment.run(() => underHeartbeat<unknown>((cancelled) => this.#ask(index, asked, cancelled)));
    } finally {
      this.#environments.delete(environment);
    }
  }

  #ask(index: number, { isBackground, isSingle }: Asked, cancelled: AbortSignal): Promise<unknown> {
    const call = {
      ...{ objectiveId: this.#run.id, subtaskId: `${index}`, attempt: 1, turn: 1, purpose: 'turn' },
      ...{ tier: 'mini' as const, head: head({ background: isBackground }) },
    };
    // Each worker would ask something else: what was written down first is what is asked.
    const input = [{ role: 'user' as const, content: `hi from ${this.ownerId}` }];
    const conversation = () => this.#store.transcripts.draft(null, input);
    if (isSingle) return this.#caller.callSingle({ ...call, input }, cancelled);
    return this.#caller.call({ ...call, conversation }, cancelled);
  }
}
