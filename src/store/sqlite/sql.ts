/** A SQLite connection: pragmas, migrations and a cache of prepared statements. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations.ts';

export type Row = Record<string, string | number | null>;

/** How long a statement waits for another process's transaction. Those last a few milliseconds. */
const BUSY_TIMEOUT_MS = 4000;

export class Sql {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens (and makes) the database. WAL, and `synchronous=FULL`: what is committed survives a power cut. Rows come in the order of their time,
   * so 16 MB of pages are enough: what is read next lies beside what was written last.
   */
  static open(path: string): Sql {
    mkdirSync(dirname(path), { recursive: true });
    const sql = new Sql(new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS }));
    sql.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -16384;',
    );
    sql.#migrate();
    return sql;
  }

  exec(text: string): void {
    this.#database.exec(text);
  }

  run(text: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(text).run(...values).changes);
  }

  get(text: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(text).get(...values) as Row | undefined;
  }

  all(text: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(text).all(...values) as Row[];
  }

  close(): void {
    this.#database.close();
  }

  #prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #migrate(): void {
    const versionNow = () => Number(this.get('PRAGMA user_version')?.['user_version'] ?? 0);
    if (versionNow() === MIGRATIONS.length) return;
    this.exec('BEGIN IMMEDIATE');
    const version = versionNow();
    if (version > MIGRATIONS.length) {
      this.exec('ROLLBACK');
      throw new Error(
        `The store was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length}). Update flotilla.`,
      );
    }
    for (const step of MIGRATIONS.slice(version)) this.exec(step);
    this.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  }
}
