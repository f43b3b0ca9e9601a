/**
 * A few calls, asked for by one worker after the other, in one process: each worker meets at most one misfortune at a point around a call,
 * while the provider misbehaves by a list. Dead workers are left where they stood: nothing that they would do afterwards reaches the store.
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
import { ModelCaller, type PaidCall } from '../../src/model/journaled-call.ts';
import { Limiter } from '../../src/model/limiter.ts';
import { Providers } from '../../src/model/providers.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { type StandIn, startStandIn } from '../../src/standin/server.ts';
import type { Journal } from '../../src/store/journal.ts';
import { OwnerLeases } from '../../src/store/owners.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { Books, breaches, loose } from './books.ts';
import { head } from './journal.ts';

/** What a provider does to a request, by name; `isServed` as a bill would have it. */
export const FAULTS = {
  answers: { isServed: true, reaction: { kind: 'answer', utterance: { text: 'hello' } } },
  'is over its limit': { isServed: false, reaction: error(429, 'rate_limit_exceeded', { 'retry-after-ms': '1' }) },
  'is over its limit, and says no more': { isServed: false, reaction: error(429, 'rate_limit_exceeded') },
  'has run out of credit': { isServed: false, reaction: error(429, 'insufficient_quota') },
  breaks: { isServed: false, reaction: error(500, 'server_error') },
  'is overloaded': { isServed: false, reaction: error(503, 'server_is_overloaded') },
  'is behind a broken gateway': { isServed: false, reaction: error(502, 'bad_gateway') },
  'rejects the question': { isServed: false, reaction: error(400, 'invalid_prompt') },
  'hangs up': { isServed: false, reaction: { kind: 'cut', at: 'start' } },
  'hangs up after it named the response': { isServed: true, reaction: { kind: 'cut', at: 'named' } },
  'sends a page': { isServed: true, reaction: { kind: 'garbage', body: '<html>', contentType: 'text/html' } },
  'cuts its answer short': { isServed: true, reaction: { kind: 'incomplete', reason: 'max_output_tokens' } },
  refuses: { isServed: true, reaction: { kind: 'refusal' } },
  'answers by another model': { isServed: true, reaction: { kind: 'answer', model: 'gpt-5.4-nano' } },
  'tells no usage': { isServed: true, reaction: { kind: 'answer', usage: null } },
  'tells a negative usage': { isServed: true, reaction: { kind: 'answer', usage: usage(-5, 0, 1) } },
  'tells more cached than came in': { isServed: true, reaction: { kind: 'answer', usage: usage(5, 50, 1) } },
  // A failed response tells no usage: nothing is billed.
  'fails while it thinks': { isServed: false, reaction: { kind: 'failed', code: 'server_error' } },
} as const satisfies Record<string, { isServed: boolean; reaction: Reaction }>;
export type Fault = keyof typeof FAULTS;

/** After these nobody knows whether the call ran. */
const LEAVE_DOUBT: Fault[] = ['is behind a broken gateway', 'hangs up', 'sends a page'];

/** May the call have run, with nobody to be asked about it? A background response can be asked about once it is named. */
export const leavesDoubt = (fault: Fault, isBackground: boolean): boolean =>
  LEAVE_DOUBT.includes(fault) || (fault === 'hangs up after it named the response' && !isBackground);

function error(status: number, code: string, headers: Record<string, string> = {}): Reaction {
  return { kind: 'error', status, code, headers };
}

function usage(input_tokens: number, cached_tokens: number, output_tokens: number) {
  return { input_tokens, input_tokens_details: { cached_tokens }, output_tokens };
}

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

export interface Sequence {
  /** Whether each call runs in the background. */
  calls: boolean[];
  capMicros: number;
  /** One worker each; after them comes one that meets none. */
  lives: Misfortune[];
  /** In the order in which requests come; then it answers. */
  faults: Fault[];
}

const MOST_TRIES = 300;
const QUIET = new DefaultLogger('ERROR');
const CATALOGUE = loadCatalogue();
const never = new Promise<never>(() => undefined);

/** A store, a provider, and the sequences that are played over them. */
export class World {
  readonly books: Books;
  /** What befell whom, how often. */
  readonly befallen = new Map<string, number>();
  readonly #folder: string;
  readonly #standIn: StandIn;
  readonly #runs: Map<string, Run>;
  #played = 0;

  private constructor(folder: string, standIn: StandIn, runs: Map<string, Run>) {
    this.#folder = folder;
    this.#standIn = standIn;
    this.#runs = runs;
    this.books = new Books(folder);
  }

  static async open(folder: string): Promise<World> {
    await openStore(folder).close();
    const runs = new Map<string, Run>();
    const script = (incoming: Incoming) => runs.get(incoming.callKey.split('/')[0] ?? '')?.react(incoming) ?? null;
    return new World(folder, await startStandIn({ script }), runs);
  }

  get folder(): string {
    return this.#folder;
  }

  get baseUrl(): string {
    return this.#standIn.baseUrl;
  }

  digestsOf(callKey: string): string[] {
    return this.#standIn.log.creates.filter((create) => create.callKey === callKey).map(({ digest }) => digest);
  }

  /** What was promised and not kept; nothing where all is well. */
  async play(sequence: Sequence): Promise<string[]> {
    const id = `s${(this.#played += 1)}`;
    const run = new Run(this, id, sequence);
    this.#runs.set(id, run);
    try {
      return await run.play();
    } finally {
      this.#runs.delete(id);
    }
  }

  async close(): Promise<void> {
    this.books.close();
    await this.#standIn.close();
  }
}

class Run {
  readonly id: string;
  readonly sequence: Sequence;
  readonly world: World;
  readonly #lives: Life[] = [];
  readonly #came: { callKey: string; isServed: boolean }[] = [];
  readonly #broken = new Set<string>();
  #mayDoubt = false;

  constructor(world: World, id: string, sequence: Sequence) {
    this.world = world;
    this.id = id;
    this.sequence = sequence;
  }

  async play(): Promise<string[]> {
    const { lives, capMicros } = this.sequence;
    const opener = openStore(this.world.folder);
    await opener.ledger.openAccount({ accountId: this.id, parentId: null, caps: { micros: capMicros } });
    await opener.close();
    for (const misfortune of [...lives, null]) {
      const life = new Life(this, misfortune);
      this.#lives.push(life);
      await life.live();
    }
    for (const life of this.#lives) life.resume();
    for (const life of this.#lives) await life.end();
    return [...this.#broken, ...this.#audit()];
  }

  /** What the provider does with a request. */
  react({ callKey, request }: Incoming): Reaction {
    const fault = this.sequence.faults[this.#came.length] ?? 'answers';
    if (leavesDoubt(fault, request.background ?? false)) this.#mayDoubt = true;
    this.#came.push({ callKey, isServed: FAULTS[fault].isServed });
    this.#lives.at(-1)?.meet('at the provider');
    return FAULTS[fault].reaction;
  }

  befell({ what, at }: Misfortune): void {
    this.world.befallen.set(what, (this.world.befallen.get(what) ?? 0) + 1);
    this.world.befallen.set(at, (this.world.befallen.get(at) ?? 0) + 1);
    if (what === 'dies' || what === 'is cancelled' || what === 'store fails') this.#mayDoubt = true;
  }

  /** Somebody looks whether an owner lives: it is seen, and may go on. */
  looksFor(ownerId: string): void {
    this.#lives.find((life) => life.ownerId === ownerId)?.resume();
  }

  resumeAll(): void {
    for (const life of this.#lives) life.resume();
  }

  checkCap(): void {
    const { settled, reserved, inDoubt, cap } = this.world.books.account(this.id);
    if (settled + reserved + inDoubt > (cap ?? Infinity))
      this.#broken.add(`${settled} settled + ${reserved} reserved + ${inDoubt} in doubt are more than ${cap}`);
    if (Math.min(settled, reserved, inDoubt) < 0) this.#broken.add('an account is below nothing');
  }

  #audit(): string[] {
    const { books } = this.world;
    const booked = books.creates(this.id);
    const keys = [...new Set([...booked, ...this.#came].map(({ callKey }) => callKey))];
    const doubted = booked.filter(({ state }) => state === 'in-doubt').length;
    return [
      ...breaches(this.#came, booked),
      ...loose(books, this.id),
      // A request may arrive late, after its worker gave it up; one that stands in no book was never to be sent.
      ...keys
        .filter((key) => countOf(this.#came, key) > countOf(booked, key))
        .map((key) => `${key} reached the provider more often than it was written down`),
      ...(doubted > 0 && !this.#mayDoubt ? [`${doubted} are in doubt for no reason`] : []),
      ...keys
        .filter((key) => new Set(this.world.digestsOf(key)).size > 1)
        .map((key) => `${key} was sent with other bytes`),
    ];
  }
}

const countOf = (entries: { callKey: string }[], key: string): number =>
  entries.filter(({ callKey }) => callKey === key).length;

/** A worker: a connection to the store, an owner lease, a caller. */
class Life {
  readonly ownerId: string;
  readonly #run: Run;
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

  constructor(run: Run, misfortune: Misfortune | null) {
    this.#run = run;
    this.#misfortune = misfortune;
    this.#store = openStore(run.world.folder);
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
    })(join(run.world.folder, 'owners'));
    this.ownerId = this.#owners.ownerId;
    const { baseUrl } = run.world;
    // A clock that runs fast: what the provider asks us to wait is not what is tested here.
    const limiter = new Limiter({ most: 100, share: 1, now: () => performance.now() * 1000 });
    const providers = new Providers(CATALOGUE, (name) => (name.endsWith('BASE_URL') ? baseUrl : 'test'));
    const store = { ...this.#store, owners: this.#owners, journal: this.#journal() };
    this.#caller = new ModelCaller({ store, catalogue: CATALOGUE, limiter, providers });
  }

  /** Until all calls are answered or have failed for good, or the worker is out of action. */
  async live(): Promise<void> {
    this.#working = Promise.all(
      this.#run.sequence.calls.map((isBackground, index) => this.#drive(index, isBackground)),
    );
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
  async #drive(index: number, isBackground: boolean): Promise<void> {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      try {
        return void (await this.#attempt(index, isBackground));
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

  async #attempt(index: number, isBackground: boolean): Promise<void> {
    const environment = new MockActivityEnvironment(undefined, { logger: QUIET });
    this.#environments.add(environment);
    try {
      await environment.run(() =>
        underHeartbeat((cancelled) => this.#caller.call(this.#call(index, isBackground), cancelled)),
      );
    } finally {
      this.#environments.delete(environment);
    }
  }

  #call(index: number, background: boolean): PaidCall {
    const { transcripts } = this.#store;
    return {
      objectiveId: this.#run.id,
      subtaskId: `${index}`,
      attempt: 1,
      turn: 1,
      purpose: 'turn',
      tier: 'mini',
      head: head({ background }),
      // Each worker would ask something else: what was written down first is what is asked.
      conversation: () => transcripts.draft(null, [{ role: 'user', content: `hi from ${this.ownerId}` }]),
    };
  }
}
