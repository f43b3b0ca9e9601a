/** The log of attempts: kept once, and what each used is what the journal says. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readAttempts } from '../../src/client/attempts.ts';
import { callKeyOf, type Tier } from '../../src/contracts/addresses.ts';
import { AttemptsSchema, type EndedAttempt } from '../../src/contracts/attempts.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { answer, head, intent } from '../support/journal.ts';

const ended = (subtaskId: string, attempt: number, change: Partial<EndedAttempt> = {}): EndedAttempt => ({
  ...{ subtaskId, attempt, kind: 'investigate', tier: 'mini', verdict: 'accepted', startedAtMs: 1000, endedAtMs: 3500 },
  ...change,
});

async function opened() {
  const store = openSqliteStore(join(temporaryFolder(), 'flotilla.db'));
  await store.ledger.openAccount({ accountId: 'objective', parentId: null, caps: {} });
  /** A call of an attempt, with an end. */
  async function call(
    subtaskId: string,
    attempt: number,
    {
      purpose = 'turn',
      tier = 'mini',
      model = 'gpt-5.4-mini',
      cost = 30,
      objectiveId = 'objective',
      end = 'answer',
    } = {},
  ): Promise<void> {
    const address = { objectiveId, subtaskId, attempt, turn: purpose === 'turn' ? 1 : 0, purpose };
    const callKey = callKeyOf(address);
    const tierOf = { tier: tier as Tier, head: head({ model }) };
    await store.journal.intend(intent(subtaskId, { ...address, ...tierOf, callKey }));
    if (end === 'answer') await store.journal.answer(answer(callKey, 1, 'x', cost));
    if (end === 'doubt') await store.journal.doubt({ callKey, n: 1 });
  }
  const close = (objectiveId: string, startedAtMs: number) =>
    store.objectives
      .open({ objectiveId, title: '', startedAtMs })
      .then(() => store.objectives.close({ objectiveId, status: 'completed', endedAtMs: 9, resultJson: '{}' }));
  return { store, call, close };
}

describe('the log of attempts', () => {
  test('says what each attempt used, judge and calls in doubt included, and which of it was the judge’s', async () => {
    const { store, call } = await opened();
    await call('a', 1);
    await call('a', 1, { purpose: 'judge', tier: 'manager', model: 'gpt-5.4', cost: 500 });
    await call('a', 1, { purpose: 'judge.repair-1', tier: 'manager', model: 'gpt-5.4', cost: 50 });
    await call('a', 2, { end: 'doubt' });
    await call('a', 3, { end: 'open' });
    await call('manager', 1);
    await store.attempts.log('objective', [
      ended('a', 1, { verdict: 'ResultRejected' }),
      ended('a', 2, { verdict: 'ModelRefused' }),
      ended('c', 1, { kind: 'check', tier: null }),
    ]);
    const attempts = await readAttempts(store, 'objective');
    expect(AttemptsSchema.parse(attempts)).toEqual(attempts);
    expect(attempts).toEqual([
      {
        ...{ objectiveId: 'objective', ...ended('a', 1, { verdict: 'ResultRejected' }), seconds: 2.5 },
        ...{ model: 'gpt-5.4-mini', isStandIn: true, calls: 3, costMicros: 580, judgeCostMicros: 550 },
        ...{ inputTokens: 30, cachedInputTokens: 0, outputTokens: 15, reasoningTokens: 0 },
      },
      expect.objectContaining({ subtaskId: 'a', attempt: 2, calls: 1, costMicros: 100, judgeCostMicros: 0 }),
      expect.objectContaining({ subtaskId: 'c', tier: null, model: null, calls: 0, costMicros: 0, isStandIn: false }),
    ]);
    const [a] = (await store.ledger.spend('objective')).filter(
      ({ subtaskId, tier }) => subtaskId === 'a' && tier === 'mini',
    );
    expect((a?.settledMicros ?? 0) + (a?.inDoubtMicros ?? 0) + 550).toBe(680);
  });

  test('is the same when it is kept twice, and the first word counts', async () => {
    const { store } = await opened();
    await store.attempts.log('objective', [ended('a', 1)]);
    await store.attempts.log('objective', [ended('a', 1, { verdict: 'cancelled' }), ended('a', 2)]);
    const logged = await store.attempts.logged('objective');
    expect(logged.map(({ attempt, verdict }) => [attempt, verdict])).toEqual([
      [1, 'accepted'],
      [2, 'accepted'],
    ]);
  });

  test('is that of every objective that has ended, the first one first, where none is named', async () => {
    const { store, call, close } = await opened();
    await call('a', 1);
    await call('a', 1, { objectiveId: 'other', cost: 7 });
    for (const id of ['objective', 'other', 'open']) await store.attempts.log(id, [ended('a', 1)]);
    await store.objectives.open({ objectiveId: 'open', title: '', startedAtMs: 1 });
    await close('objective', 5);
    await close('other', 2);
    const told = (await readAttempts(store)).map(({ objectiveId, costMicros }) => [objectiveId, costMicros]);
    expect(told).toEqual([
      ['other', 7],
      ['objective', 30],
    ]);
    expect(await readAttempts(store, 'open')).toHaveLength(1);
  });

  test('holds one entry where the store and the Workflow both know an attempt', async () => {
    const { store } = await opened();
    await store.attempts.log('objective', [ended('a', 1)]);
    const more = [ended('a', 1), ended('a', 2)].map((each) => ({ objectiveId: 'objective', ...each }));
    expect((await readAttempts(store, 'objective', more)).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});

test('a judge’s call is not a turn of the subagent', async () => {
  const { store, call } = await opened();
  await call('a', 1);
  await call('a', 1, { purpose: 'judge', tier: 'manager' });
  const lines = await store.ledger.spend('objective');
  expect(lines.map(({ tier, calls, turns }) => [tier, calls, turns])).toEqual([
    ['mini', 1, 1],
    ['manager', 1, 0],
  ]);
});
