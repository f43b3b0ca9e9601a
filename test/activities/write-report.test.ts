/** `writeReport` over a real store: its sums are those of the books, its times those of the Workflow. Worked out by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createManagerActivities } from '../../activities/index.ts';
import { freeze } from '../../activities/workspace/freeze.ts';
import type { Tier } from '../../src/contracts/addresses.ts';
import { DEFAULT_LADDERS } from '../../src/contracts/kinds.ts';
import type { ObjectiveInput, Progress, SubtaskRecord } from '../../src/contracts/objective.ts';
import { ReportSchema } from '../../src/contracts/report.ts';
import type { Store } from '../../src/store/store.ts';
import { loadTiers } from '../../src/tiers.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { newRecord } from '../../workflows/subtask-record.ts';
import { limits, subtask } from '../support/builders.ts';
import { folderWith } from '../support/folders.ts';
import { answer, head, intent, reply, costing } from '../support/journal.ts';
import { servicesSetup } from '../support/services.ts';

const START = 1_000_000;

/** Seconds after the start. */
const ran = (
  id: string,
  from: number | null,
  to: number | null,
  change: Partial<SubtaskRecord> = {},
): SubtaskRecord => ({
  ...newRecord(subtask(id)),
  ...{ state: 'completed', attempt: 1, runsOn: 'mini' },
  ...{ startedAtMs: from === null ? null : START + from * 1000, endedAtMs: to === null ? null : START + to * 1000 },
  ...change,
});

/** A settled call: so many input and output tokens, at this cost. */
async function paid(
  store: Store,
  id: string,
  tier: Tier,
  [input, output, costMicros]: [number, number, number],
  turn = 1,
) {
  const model = loadTiers(loadCatalogue())[tier].model;
  const address = { objectiveId: 'objective', subtaskId: id, attempt: 1, turn, purpose: 'turn' };
  const callKey = Object.values(address).join('/');
  const outcome = await store.journal.intend(
    intent(id, { ...address, callKey, tier, head: head({ model }), reserve: costing(costMicros) }),
  );
  if (outcome.status !== 'intended') throw new Error(outcome.status);
  const usage = { inputTokens: input, cachedInputTokens: 0, outputTokens: output, reasoningTokens: 0 };
  const settle = () =>
    store.journal.answer({ ...answer(callKey, outcome.n, 'x', costMicros), reply: { ...reply('x'), model, usage } });
  return { settle, doubt: () => store.journal.doubt({ callKey, n: outcome.n }) };
}

async function written(subtasks: SubtaskRecord[], endsAfter: number, change: Partial<Progress> = {}) {
  const { services, store, run } = await servicesSetup({ capMicros: 9000 });
  for (const call of [
    await paid(store, 'manager', 'manager', [1000, 200, 700]),
    await paid(store, 'a', 'mini', [100, 10, 30]),
    await paid(store, 'a', 'mini', [300, 20, 50], 2),
    await paid(store, 'b', 'mini', [500, 40, 90]),
  ])
    await call.settle();
  await (await paid(store, 'b', 'mini', [0, 0, 400], 2)).doubt();
  const { workspaceRef } = await freeze(store.blobs, folderWith({ 'a.txt': 'four', 'b.txt': 'sixsix' }));
  const input: ObjectiveInput = {
    ...{ objectiveId: 'objective', title: 'T', textRef: await store.blobs.put('text'), workspacePath: '/work' },
    ...{ planRef: null, planOnly: false, checksRef: '', tiers: loadTiers(loadCatalogue()), ladders: DEFAULT_LADDERS },
    ...{ limits: limits(), budgetMicros: 9000, hasSearchAttributes: false },
  };
  const progress: Progress = {
    ...{ objectiveId: 'objective', title: 'T', status: 'completed', phase: 'ended', pause: null, startedAtMs: START },
    ...{ endedAtMs: null, rounds: [], subtasks, spend: { calls: 0, costMicros: 0 }, failure: null },
    ...change,
  };
  const endedAtMs = START + endsAfter * 1000;
  const { writeReport } = createManagerActivities(services);
  const refs = await run(writeReport, { input, progress, workspaceRef, answerRef: null, endedAtMs });
  const report = ReportSchema.parse(JSON.parse(await store.blobs.getText(refs.json)));
  return { report, refs, store, folder: join(services.reportsFolder, 'objective') };
}

describe('the time one after the other', () => {
  test('is the sum of each subtask’s own time, from its first attempt to its end', async () => {
    const { report } = await written([ran('a', 0, 10), ran('b', 0, 20, { attempt: 2 }), ran('c', 20, 25)], 30);
    expect([report.endedAtMs - report.startedAtMs, report.serialMs]).toEqual([30_000, 35_000]);
  });

  test('counts what never started as nothing, and what is still open up to the end', async () => {
    const waiting = ran('b', null, null, { state: 'skipped' });
    const cancelled = ran('c', null, 12, { state: 'cancelled' });
    const { report } = await written([ran('a', 5, 10), waiting, cancelled, ran('d', 10, null)], 30);
    expect(report.serialMs).toBe(5000 + 20_000);
  });
});

describe('the cost', () => {
  test('is summed by tier and model over all subtasks, what is in doubt beside it', async () => {
    const { report } = await written([ran('a', 0, 10)], 10);
    const byTier = Object.fromEntries(report.spend.map((line) => [line.tier, line]));
    expect(report.spend).toHaveLength(2);
    expect(byTier).toMatchObject({
      manager: { calls: 1, inputTokens: 1000, outputTokens: 200, settledMicros: 700, inDoubtMicros: 0 },
      mini: { calls: 4, inputTokens: 900, outputTokens: 70, settledMicros: 170, inDoubtMicros: 400 },
    });
    expect([report.costMicros, report.budgetMicros]).toEqual([1270, 9000]);
  });

  test('is the same in all three documents', async () => {
    const { refs, store } = await written([ran('a', 0, 10)], 10);
    const row = (text: string) => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(await store.blobs.getText(refs.markdown)).toContain(
      '| mini | gpt-5.4-mini | 4 | 900 (0 cached) | 70 (0 reasoning) | $0.00017 | $0.0004 |',
    );
    expect(row(await store.blobs.getText(refs.html))).toContain('mini gpt-5.4-mini 4 900 0 70 0 $0.00017 $0.0004');
    expect(row(await store.blobs.getText(refs.html))).toContain('$0.00127 in all; the cap was $0.009.');
  });
});

describe('the flagship alone', () => {
  const failedOne = ran('b', 0, 20, { state: 'failed' });

  test('is compared by the books: its prices for the tokens of what was accepted, tried and planned', async () => {
    const { report } = await written([ran('a', 0, 10), failedOne], 30);
    // At $2.50 and $15 per million: `a` 400 in and 30 out, `b` 500 and 40, the manager 1000 and 200.
    const [a, b, manager] = [1450, 1850, 5500] as const;
    expect(report.counterfactual?.cases.map(({ name, costMicros }) => [name, costMicros])).toEqual([
      ['accepted-only', a],
      ['scaled', Math.round(((a + b) * 57.7) / 67.2)],
      ['same-tokens', a + b + manager],
      ['cold-caches', a + b + manager],
    ]);
    expect(report.counterfactual).toMatchObject({
      ...{ flagship: 'gpt-5.4', costMicros: 1270, savedMicros: { low: 180, high: 7530 } },
      savedPercent: { low: 12.4, high: 85.6 },
    });
    expect(report.counterfactual?.assumptions.join(' ')).toMatch(/\$0\.0004 of what was spent.*stand-in/);
  });

  test('is told beside what the money went into, by subtask and in all', async () => {
    const { report, refs, store } = await written([ran('a', 0, 10), failedOne], 30);
    expect(report.costs).toMatchObject({
      ...{ planningMicros: 700, judgingMicros: 0, answerMicros: 0, acceptedMicros: 80, notAcceptedMicros: 490 },
      ...{ acceptedSubtasks: 1, perAcceptedMicros: 1270, cacheHitRate: 0, inDoubtMicros: 400 },
    });
    expect(report.subtasks.map(({ costMicros }) => costMicros)).toEqual([80, 490]);
    const saved = 'Saved: +$0.00018 (+12.4 %) to +$0.00753 (+85.6 %).';
    expect(await store.blobs.getText(refs.markdown)).toContain(saved);
    expect(await store.blobs.getText(refs.html)).toContain(saved);
  });
});

test('the documents are files, too, and what they say of the workspace is what was frozen', async () => {
  const { report, refs, store, folder } = await written([ran('a', 0, 10)], 10);
  for (const [name, ref] of [
    ['report.json', refs.json],
    ['report.md', refs.markdown],
    ['report.html', refs.html],
  ] as const)
    expect(readFileSync(join(folder, name), 'utf8')).toBe(await store.blobs.getText(ref));
  expect(report.workspace).toMatchObject({ files: 2, bytes: 10, leftOut: [] });
  expect(report.isStandIn).toBe(true);
});
