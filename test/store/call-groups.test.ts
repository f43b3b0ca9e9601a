/** The books as a report reads them: calls that are alike together, and what each create of them was paid for. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { callKeyOf } from '../../src/contracts/addresses.ts';
import type { ModelReply } from '../../src/contracts/model.ts';
import type { Intent } from '../../src/store/journal.ts';
import type { CallGroup } from '../../src/store/ledger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { NOTHING } from '../../src/contracts/amounts.ts';
import { answer, costing, intent, reply } from '../support/journal.ts';

/** One create after the other: answered, answered unusably, turned away, or in doubt at its worst case of 100. */
type End =
  { answered: number; usage?: ModelReply['usage'] } | { unusable: number } | 'turned away' | 'in doubt' | 'open';

async function opened() {
  const { ledger, journal } = openSqliteStore(join(temporaryFolder(), 'flotilla.db'));
  await ledger.openAccount({ accountId: 'objective', parentId: null, caps: {} });

  async function ends(change: Partial<Intent>, ...creates: End[]): Promise<void> {
    const whole = intent('a', change);
    const callKey = callKeyOf(whole);
    for (const end of creates) {
      const outcome = await journal.intend({ ...whole, callKey });
      if (outcome.status !== 'intended') throw new Error(outcome.status);
      const create = { callKey, n: outcome.n };
      if (end === 'open') continue;
      if (end === 'in doubt') await journal.doubt(create);
      else if (end === 'turned away') await journal.reject({ ...create, cost: NOTHING, failure: 'ModelRateLimited' });
      else if ('unusable' in end)
        await journal.reject({ ...create, cost: costing(end.unusable), failure: 'ModelOutputTruncated' });
      else {
        const usage = end.usage === undefined ? reply('x').usage : end.usage;
        await journal.answer({ ...answer(callKey, outcome.n, 'x', end.answered), reply: { ...reply('x'), usage } });
      }
    }
  }
  const groups = (longAbove: number | null = null) => ledger.calls('objective', longAbove);
  return { ends, groups };
}

const shown = (groups: CallGroup[], ...fields: (keyof CallGroup)[]) =>
  groups.map((group) => fields.map((field) => group[field]));

const tokens = (inputTokens: number, cachedInputTokens = 0, outputTokens = 1, reasoningTokens = 0) => ({
  ...{ inputTokens, cachedInputTokens, outputTokens, reasoningTokens },
});

test('calls of one attempt and purpose are one group, in the order of their first', async () => {
  const { ends, groups } = await opened();
  await ends({ turn: 1 }, { answered: 30, usage: tokens(100, 40, 7, 3) });
  await ends({ turn: 2 }, { answered: 20, usage: tokens(200, 60, 5, 2) });
  await ends({ purpose: 'turn.compacted' }, { answered: 1 });
  await ends({ attempt: 2 }, { answered: 2 });
  await ends({ subtaskId: 'b' }, { answered: 3 });
  await ends({ objectiveId: 'another' }, { answered: 4 });
  const found = await groups();
  expect(found[0]).toEqual({
    ...{ subtaskId: 'a', attempt: 1, purpose: 'turn', tier: 'mini', model: 'gpt-5.4-mini', isLong: false, calls: 2 },
    ...{ inputTokens: 300, cachedInputTokens: 100, outputTokens: 12, reasoningTokens: 5, settledMicros: 50 },
    ...{ inDoubtMicros: 0, unusableMicros: 0, repaidMicros: 0, untoldMicros: 0, standInCalls: 2 },
  });
  expect(shown(found, 'subtaskId', 'attempt', 'purpose', 'settledMicros').toSorted()).toEqual([
    ['a', 1, 'turn', 50],
    ['a', 1, 'turn.compacted', 1],
    ['a', 2, 'turn', 2],
    ['b', 1, 'turn', 3],
  ]);
});

test('requests above the bound are a group of their own', async () => {
  const { ends, groups } = await opened();
  await ends({ turn: 1 }, { answered: 1, usage: tokens(1000) });
  await ends({ turn: 2 }, { answered: 2, usage: tokens(1001) });
  await ends({ turn: 3 }, { answered: 4, usage: tokens(900) });
  expect(shown(await groups(1000), 'isLong', 'calls', 'inputTokens', 'settledMicros').toSorted()).toEqual([
    [false, 2, 1900, 5],
    [true, 1, 1001, 2],
  ]);
  expect(shown(await groups(), 'isLong', 'calls')).toEqual([[false, 3]]);
});

const MONEY = ['settledMicros', 'inDoubtMicros', 'unusableMicros', 'repaidMicros', 'untoldMicros'] as const;

test.each<[string, End[], number[]]>([
  ['answered once', [{ answered: 30 }], [30, 0, 0, 0, 0]],
  ['turned away first, which cost nothing', ['turned away', { answered: 30 }], [30, 0, 0, 0, 0]],
  ['answered unusably first', [{ unusable: 20 }, { answered: 30 }], [50, 0, 20, 30, 20]],
  ['answered unusably twice', [{ unusable: 20 }, { unusable: 10 }], [30, 0, 30, 10, 30]],
  ['in doubt first', ['in doubt', { answered: 30 }], [30, 100, 0, 30, 0]],
  ['in doubt twice', ['in doubt', 'in doubt'], [0, 200, 0, 0, 0]],
  ['answered without a count of tokens', [{ answered: 100, usage: null }], [100, 0, 0, 0, 100]],
  ['unusable, then without a count', [{ unusable: 20 }, { answered: 100, usage: null }], [120, 0, 20, 100, 120]],
  ['still open', ['open'], [0, 0, 0, 0, 0]],
])('a call that was %s is one call, each of its creates in its place', async (_, creates, money) => {
  const { ends, groups } = await opened();
  await ends({}, ...creates);
  expect(shown(await groups(), 'calls', ...MONEY)).toEqual([[1, ...money]]);
});

test('creates do not count the tokens of their call twice', async () => {
  const { ends, groups } = await opened();
  await ends({}, 'in doubt', { unusable: 20 }, { answered: 30, usage: tokens(100, 40, 7, 3) });
  expect(shown(await groups(), 'inputTokens', 'cachedInputTokens', 'outputTokens', 'reasoningTokens')).toEqual([
    [100, 40, 7, 3],
  ]);
});
