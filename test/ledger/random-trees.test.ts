/**
 * Random trees of accounts under random calls, written by two connections to one database as by two workers. At every step: settled +
 * reserved + in doubt ≤ cap at every level, but for what a provider billed beyond what was reserved. In the end: the accounts are what
 * journal and entries add up to, and nothing is reserved.
 */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { callKeyOf, scheduleAccountId, subtaskAccountId } from '../../src/contracts/addresses.ts';
import { type Amounts, eachUnit, NOTHING, UNITS } from '../../src/contracts/amounts.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { Answer } from '../../src/store/journal.ts';
import type { Account } from '../../src/store/ledger.ts';
import { openSqliteStore, type SqlStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { answer, intent, reply } from '../support/journal.ts';

const TREES = 1000;
const SEED = 20_261_122;

const cap = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null });
const amounts = (most: number): fc.Arbitrary<Amounts> =>
  fc.record({
    micros: fc.integer({ min: 0, max: most }),
    tokens: fc.integer({ min: 0, max: most }),
    calls: fc.constant(1),
    quota: fc.integer({ min: 0, max: most }),
  });
const caps = fc.record({
  micros: cap,
  tokens: cap,
  calls: fc.option(fc.integer({ min: 0, max: 8 }), { nil: null }),
  quota: cap,
});

const step = fc.record({
  who: fc.constantFrom(0, 1),
  objective: fc.constantFrom(0, 1),
  subtask: fc.constantFrom('a', 'b', 'manager'),
  act: fc.constantFrom(
    'intend',
    'intend',
    'intend',
    'answer',
    'answer',
    'late',
    'overrun',
    'reject',
    'bill',
    'doubt',
    'resolve',
    'raise',
  ),
  amounts: amounts(250),
  /** Raises with one key, in both workers and again and again, count once. */
  key: fc.constantFrom('k1', 'k2'),
});
const trees = fc.record({
  schedule: caps,
  objectives: fc.array(caps, { minLength: 2, maxLength: 2 }),
  allowance: caps,
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});
type Tree = typeof trees extends fc.Arbitrary<infer T> ? T : never;
type Step = Tree['steps'][number];

interface Open {
  callKey: string;
  n: number;
  reserved: Amounts;
}

class Play {
  readonly #stores: SqlStore[];
  readonly #id: string;
  readonly #open: Open[] = [];
  readonly #ended: Open[] = [];
  readonly #doubts: Open[] = [];
  /** Beyond what was reserved, in each unit: what the caps may be passed by. */
  #excess: Amounts = NOTHING;
  #turn = 0;

  constructor(stores: SqlStore[], id: string) {
    this.#stores = stores;
    this.#id = id;
  }

  async run({ schedule, objectives, allowance, steps }: Tree): Promise<string[]> {
    const { ledger } = this.#store(0);
    const top = scheduleAccountId(this.#id);
    await ledger.openAccount({ accountId: top, parentId: null, caps: schedule });
    for (const [index, each] of objectives.entries())
      await ledger.openAccount({ accountId: this.#objective(index), parentId: top, caps: each });
    const child = { accountId: subtaskAccountId(this.#objective(0), 'a'), parentId: this.#objective(0) };
    await ledger.openAccount({ ...child, caps: allowance });
    for (const each of steps) {
      await this.#take(each);
      const passed = (await ledger.tree(top)).flatMap((account) => this.#passed(account));
      if (passed.length > 0) return [`after ${each.act}: ${passed.join('; ')}`];
    }
    return this.#settled(top);
  }

  async #take({ who, objective, subtask, act, amounts: by, key }: Step): Promise<void> {
    const { journal, ledger } = this.#store(who);
    if (act === 'intend') return this.#intend(who, objective, subtask, by);
    if (act === 'raise') {
      const accountId = this.#objective(objective);
      await Promise.all(
        this.#stores.map((store) => store.ledger.raiseCaps({ accountId, by, key: `${accountId} ${key}` })),
      );
      return;
    }
    if (act === 'resolve') {
      const doubt = this.#doubts.pop();
      if (!doubt) return;
      const costMicros = Math.min(by.micros, doubt.reserved.micros);
      expect(await ledger.resolve({ callKey: doubt.callKey, n: doubt.n, costMicros })).toBe(true);
      expect(await ledger.resolve({ callKey: doubt.callKey, n: doubt.n, costMicros: 0 })).toBe(false);
      return;
    }
    if (act === 'late') {
      const late = this.#ended.at(-1);
      if (late) expect(await journal.answer(said(late, by))).toEqual({ isBooked: false, over: null });
      return;
    }
    const create = this.#open.shift();
    if (!create) return;
    const { callKey, n, reserved } = create;
    if (act === 'answer') await journal.answer(said(create, least(by, reserved)));
    if (act === 'overrun') {
      this.#excess = eachUnit((unit) => this.#excess[unit] + (unit === 'calls' ? 0 : by[unit] + 1));
      await journal.answer(
        said(
          create,
          eachUnit((unit) => reserved[unit] + (unit === 'calls' ? 0 : by[unit] + 1)),
        ),
      );
    }
    if (act === 'reject') await journal.reject({ callKey, n, cost: NOTHING, failure: 'ModelRateLimited' });
    if (act === 'bill')
      await journal.reject({ callKey, n, cost: reserved, failure: 'ModelOutputTruncated', isUsageMissing: true });
    if (act === 'doubt') {
      await journal.doubt({ callKey, n });
      this.#doubts.push(create);
    }
    this.#ended.push(create);
  }

  /** Both workers want the same call: one of them makes it. */
  async #intend(who: number, objective: number, subtaskId: string, reserve: Amounts): Promise<void> {
    const address = {
      objectiveId: this.#objective(objective),
      subtaskId,
      attempt: 1,
      turn: (this.#turn += 1),
      purpose: 'turn',
    };
    const callKey = callKeyOf(address);
    const accountId = subtaskAccountId(address.objectiveId, subtaskId);
    const whole = intent(subtaskId, { ...address, callKey, accountId, reserve, ownerId: `worker ${who}` });
    const outcomes = await Promise.all(this.#stores.map(({ journal }) => journal.intend(whole)));
    const intended = outcomes.filter(({ status }) => status === 'intended');
    expect(intended.length).toBeLessThanOrEqual(1);
    if (intended.length === 1) this.#open.push({ callKey, n: 1, reserved: reserve });
    else expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'refused']);
  }

  /** What is left is settled by whoever comes last. */
  async #settled(top: string): Promise<string[]> {
    const { journal, ledger } = this.#store(1);
    for (const { callKey, n } of this.#open.splice(0)) await journal.doubt({ callKey, n });
    const held = (await ledger.tree(top)).filter((account) => UNITS.some((unit) => account[unit].reserved !== 0));
    return [...held.map(({ accountId }) => `${accountId} holds something`), ...verifyLedger(await ledger.extract(top))];
  }

  #passed(account: Account): string[] {
    return UNITS.flatMap((unit) => {
      const { cap: most, settled, reserved, inDoubt } = account[unit];
      const held = settled + reserved + inDoubt;
      return most === null || held <= most + this.#excess[unit]
        ? []
        : [`${account.accountId}: ${held} of ${most} ${unit}`];
    });
  }

  #objective(index: number): string {
    return `${this.#id}-${index}`;
  }

  #store(who: number): SqlStore {
    const store = this.#stores[who];
    if (!store) throw new Error(`There is no worker ${who}.`);
    return store;
  }
}

const least = (a: Amounts, b: Amounts): Amounts => eachUnit((unit) => Math.min(a[unit], b[unit]));

const said = ({ callKey, n }: Open, cost: Amounts): Answer => ({
  ...answer(callKey, n, 'x'),
  cost,
  reply: cost.micros % 5 === 0 ? { ...reply('x'), usage: null } : reply('x'),
});

describe('a tree of accounts', () => {
  test(`keeps its caps at every level, in ${TREES} random lives of it`, async () => {
    const path = join(temporaryFolder(), 'flotilla.db');
    const stores = [openSqliteStore(path), openSqliteStore(path)];
    const limit = pLimit(40);
    const broken = await limit.map(fc.sample(trees, { numRuns: TREES, seed: SEED }), async (tree, index) => {
      const problems = await new Play(stores, `t${index}`).run(tree);
      return problems.length === 0 ? [] : [{ tree: index, problems }];
    });
    expect(broken.flat()).toEqual([]);
    for (const store of stores) await store.close();
  });
});
