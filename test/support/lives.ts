/**
 * A few calls, asked for by one worker after the other, in one process, while the provider misbehaves by a list. What was promised is checked
 * at every step, and once all is over.
 */
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { type StandIn, startStandIn } from '../../src/standin/server.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { Books, breaches, loose } from './books.ts';
import { type Fault, FAULTS, leavesDoubt } from './faults.ts';
import { type Asked, Life, type Misfortune } from './life.ts';

export interface Sequence {
  calls: Asked[];
  capMicros: number;
  /** One worker each; after them comes one that meets none. */
  lives: Misfortune[];
  /** In the order in which requests come; then it answers. */
  faults: Fault[];
}

/** A store, a provider, and the sequences that are played over them. */
export class World {
  readonly books: Books;
  /** What befell whom, how often. */
  readonly befallen = new Map<string, number>();
  readonly #folder: string;
  readonly #store: Store;
  readonly #standIn: StandIn;
  readonly #runs: Map<string, Run>;
  #played = 0;

  private constructor(folder: string, standIn: StandIn, runs: Map<string, Run>) {
    this.#folder = folder;
    this.#store = openStore(folder);
    this.#standIn = standIn;
    this.#runs = runs;
    this.books = new Books(folder);
  }

  static async open(folder: string): Promise<World> {
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
    await this.#store.ledger.openAccount({ accountId: id, parentId: null, caps: { micros: sequence.capMicros } });
    try {
      return [...(await run.play()), ...verifyLedger(await this.#store.ledger.extract(id))];
    } finally {
      this.#runs.delete(id);
    }
  }

  async close(): Promise<void> {
    this.books.close();
    await this.#store.close();
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

  get folder(): string {
    return this.world.folder;
  }

  get baseUrl(): string {
    return this.world.baseUrl;
  }

  get calls(): Asked[] {
    return this.sequence.calls;
  }

  async play(): Promise<string[]> {
    for (const misfortune of [...this.sequence.lives, null]) {
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
