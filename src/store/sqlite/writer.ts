/**
 * The one writer of a process: commands that arrive together are committed together (group commit). Commands are data,
 * so that the writer can move to a thread. Invariants: (1) a command's promise resolves after its commit is on disk;
 * (2) a command that throws is rolled back alone.
 */
import { toStoreFailure } from '../store-failure.ts';
import { COMMANDS, type Commands } from './commands.ts';
import type { Sql } from './sql.ts';
import { booking, type Transaction } from './transaction.ts';

const MOST_PER_COMMIT = 500;
/** About what a synced commit takes itself. */
const GATHERING_MS = 4;

interface Job {
  apply: (transaction: Transaction) => unknown;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

export class Writer {
  readonly #sql: Sql;
  #queue: Job[] = [];
  #isScheduled = false;
  #isBusy = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  run<Name extends keyof Commands>(
    name: Name,
    args: Parameters<Commands[Name]>[1],
  ): Promise<ReturnType<Commands[Name]>> {
    const command = COMMANDS[name] as (transaction: Transaction, args: unknown) => ReturnType<Commands[Name]>;
    return new Promise((resolve, reject) => {
      this.#queue.push({
        apply: (transaction) => command(transaction, args),
        resolve: resolve as Job['resolve'],
        reject,
      });
      this.#schedule();
    });
  }

  /** Everything that was submitted is on disk or rejected. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0) await new Promise(setImmediate);
  }

  /** A lone command is committed at once. Where many come, waiting a moment makes one commit of several. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const commit = (): void => {
      this.#isScheduled = false;
      const jobs = this.#queue.splice(0, MOST_PER_COMMIT);
      this.#isBusy = jobs.length > 1;
      this.#commit(jobs);
      if (this.#queue.length > 0) this.#schedule();
    };
    if (this.#isBusy) setTimeout(commit, GATHERING_MS);
    else setImmediate(commit);
  }

  #commit(jobs: Job[]): void {
    try {
      const settle = this.#together(jobs) ?? this.#oneByOne(jobs);
      for (const tell of settle) tell();
    } catch (error) {
      this.#rollBack();
      for (const job of jobs) job.reject(toStoreFailure(error, 'committing'));
    }
  }

  /** Null when one of them throws: then nothing has been done. */
  #together(jobs: Job[]): (() => void)[] | null {
    this.#sql.run('BEGIN IMMEDIATE');
    let settle: (() => void)[];
    try {
      settle = booking(this.#sql, (transaction) =>
        jobs.map(({ apply, resolve }) => {
          const value = apply(transaction);
          return () => resolve(value);
        }),
      );
    } catch {
      this.#rollBack();
      return null;
    }
    this.#sql.run('COMMIT');
    return settle;
  }

  #oneByOne(jobs: Job[]): (() => void)[] {
    this.#sql.run('BEGIN IMMEDIATE');
    const settle = jobs.map((job) => this.#apply(job));
    this.#sql.run('COMMIT');
    return settle;
  }

  #apply({ apply, resolve, reject }: Job): () => void {
    this.#sql.run('SAVEPOINT command');
    try {
      const value = booking(this.#sql, apply);
      this.#sql.run('RELEASE command');
      return () => resolve(value);
    } catch (error) {
      this.#sql.exec('ROLLBACK TO command; RELEASE command');
      return () => reject(toStoreFailure(error, 'writing'));
    }
  }

  /** A failed `BEGIN` leaves nothing to roll back, and says so by throwing. */
  #rollBack(): void {
    try {
      this.#sql.run('ROLLBACK');
    } catch {
      return;
    }
  }
}
