/**
 * The one writer of a process: commands that arrive together are committed together (group commit). Commands are data,
 * so that the writer can move to a thread. Invariants: (1) a command's promise resolves after its commit is on disk;
 * (2) a command that throws is rolled back alone.
 */
import { toStoreFailure } from '../store-failure.ts';
import { COMMANDS, type Commands } from './commands.ts';
import type { Sql } from './sql.ts';

const MOST_PER_COMMIT = 500;

interface Job {
  apply: () => unknown;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

export class Writer {
  readonly #sql: Sql;
  #queue: Job[] = [];
  #isScheduled = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  run<Name extends keyof Commands>(
    name: Name,
    args: Parameters<Commands[Name]>[1],
  ): Promise<ReturnType<Commands[Name]>> {
    const command = COMMANDS[name] as (sql: Sql, args: unknown) => ReturnType<Commands[Name]>;
    return new Promise((resolve, reject) => {
      this.#queue.push({ apply: () => command(this.#sql, args), resolve: resolve as Job['resolve'], reject });
      this.#schedule();
    });
  }

  /** Everything that was submitted is on disk or rejected. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0) await new Promise(setImmediate);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#commit(this.#queue.splice(0, MOST_PER_COMMIT));
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #commit(jobs: Job[]): void {
    const settle: (() => void)[] = [];
    try {
      this.#sql.exec('BEGIN IMMEDIATE');
      for (const job of jobs) settle.push(this.#apply(job));
      this.#sql.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      for (const job of jobs) job.reject(toStoreFailure(error, 'committing'));
      return;
    }
    for (const tell of settle) tell();
  }

  #apply({ apply, resolve, reject }: Job): () => void {
    this.#sql.exec('SAVEPOINT command');
    try {
      const value = apply();
      this.#sql.exec('RELEASE command');
      return () => resolve(value);
    } catch (error) {
      this.#sql.exec('ROLLBACK TO command; RELEASE command');
      return () => reject(toStoreFailure(error, 'writing'));
    }
  }

  /** A failed `BEGIN` leaves nothing to roll back, and says so by throwing. */
  #rollBack(): void {
    try {
      this.#sql.exec('ROLLBACK');
    } catch {
      return;
    }
  }
}
