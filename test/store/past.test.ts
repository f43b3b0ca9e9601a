/** What ended objectives left, as attempts: estimates are based on it. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { callKeyOf } from '../../src/contracts/addresses.ts';
import { toPast } from '../../src/store/sqlite/past.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { answer, costing, intent, reply } from '../support/journal.ts';

interface Made {
  objectiveId?: string;
  subtaskId?: string;
  attempt?: number;
  turn?: number;
  purpose?: string;
  costMicros?: number;
  standIn?: string | null;
  end?: 'answered' | 'rejected' | 'in doubt';
}

async function home() {
  const { journal, ledger, objectives } = openSqliteStore(join(temporaryFolder(), 'flotilla.db'));
  const call = async ({ costMicros = 30, standIn = null, end = 'answered', ...rest }: Made = {}) => {
    const address = { objectiveId: 'o', subtaskId: 'a', attempt: 1, turn: 1, purpose: 'turn', ...rest };
    const callKey = callKeyOf(address);
    await ledger.openAccount({ accountId: address.objectiveId, parentId: null, caps: {} });
    await objectives.open({ objectiveId: address.objectiveId, title: '', startedAtMs: 0 });
    await journal.intend(intent('a', { ...address, callKey, accountId: address.objectiveId }));
    if (end === 'in doubt') return journal.doubt({ callKey, n: 1 });
    if (end === 'rejected')
      return journal.reject({ callKey, n: 1, cost: costing(costMicros), failure: 'ModelRefused' });
    await journal.answer({ ...answer(callKey, 1, 'hello', costMicros), reply: { ...reply('hello'), standIn } });
  };
  const ends = (objectiveId = 'o', status = 'completed') =>
    objectives.close({ objectiveId, status, endedAtMs: 1, resultJson: '{}' });
  return { ledger, call, ends };
}

describe('the past of a home', () => {
  test('is the attempts of objectives that completed or failed: others were cut off, or are under way', async () => {
    const { ledger, call, ends } = await home();
    for (const objectiveId of ['completed', 'failed', 'cancelled', 'running']) await call({ objectiveId });
    for (const status of ['completed', 'failed', 'cancelled']) await ends(status, status);
    const { attempts, objectives } = await ledger.past();
    expect([objectives, attempts.length]).toEqual([2, 2]);
    expect(attempts[0]).toMatchObject({
      purpose: 'turn',
      tier: 'mini',
      model: 'gpt-5.4-mini',
      calls: 1,
      costMicros: 30,
    });
  });

  test('sums the turns of an attempt, compacted ones too, and what refusals cost; what is in doubt is no price', async () => {
    const { ledger, call, ends } = await home();
    await call({ turn: 1 });
    await call({ turn: 2, costMicros: 5, end: 'rejected' });
    await call({ turn: 2, purpose: 'turn.compacted' });
    await call({ turn: 3, end: 'in doubt' });
    await call({ attempt: 2, costMicros: 7 });
    await ends();
    const { attempts } = await ledger.past();
    expect(attempts.map(({ calls, costMicros }) => [calls, costMicros])).toEqual([
      [4, 65],
      [1, 7],
    ]);
  });

  test('has each call of the manager for itself, its repairs included', async () => {
    const { ledger, call, ends } = await home();
    for (const [turn, purpose] of [
      [0, 'plan'],
      [1, 'review'],
      [1, 'review.repair-1'],
      [2, 'review'],
    ] as const)
      await call({ subtaskId: 'manager', turn, purpose });
    await ends();
    const { attempts } = await ledger.past();
    expect(attempts.map(({ purpose, calls }) => [purpose, calls])).toEqual([
      ['plan', 1],
      ['review', 2],
      ['review', 1],
    ]);
  });

  test('tells a stand-in’s attempts from a model’s, and knows nothing of those that nobody answered', async () => {
    const { ledger, call, ends } = await home();
    await call({ subtaskId: 'a', standIn: 'stand-in' });
    await call({ subtaskId: 'b' });
    await call({ subtaskId: 'c', end: 'rejected' });
    await ends();
    const { attempts } = await ledger.past();
    expect(attempts.map(({ isStandIn }) => isStandIn)).toEqual([true, false]);
  });
});

describe('an attempt', () => {
  const row = (from: number, to: number, change = {}) => ({
    ...{ objective_id: 'o', subtask_id: 'a', attempt: 1, turn: 1, purpose: 'turn', tier: 'mini', model: 'm' },
    ...{ stand_in: null, status: 'completed', cost: 1, created_at: from, answered_at: to },
    ...change,
  });
  const worked = (...rows: ReturnType<typeof row>[]) => toPast(rows).attempts[0]?.workedMs;

  test('worked while a call was under way and between two of them, once where they were side by side, not over a pause', () => {
    expect(worked(row(0, 1000), row(1500, 3000))).toBe(3000);
    expect(worked(row(0, 1000), row(200, 900), row(500, 2000))).toBe(2000);
    expect(worked(row(0, 1000), row(10_000_000, 10_001_000))).toBe(2000);
  });

  test('of an objective that the bound may have cut is left out', () => {
    const rows = [row(0, 1), row(2, 3, { objective_id: 'p' }), row(4, 5, { turn: 2 })];
    expect(toPast(rows, 4)).toMatchObject({ objectives: 2 });
    expect(toPast(rows, 3)).toMatchObject({ objectives: 1, attempts: [{ calls: 1 }] });
  });
});
