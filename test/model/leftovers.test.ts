/** Creates that an objective leaves behind when it ends: nobody waits for them any more, and their worker is gone. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createOpenCloseActivities } from '../../activities/planning/open-close.ts';
import type { ObjectiveResult } from '../../src/contracts/objective.ts';
import { responsesProvider } from '../../src/model/openai/provider.ts';
import { OwnerLeases } from '../../src/store/owners.ts';
import { callerOf } from '../support/caller.ts';
import { Gate } from '../support/gate.ts';
import { costing, head, intent } from '../support/journal.ts';
import { conversation } from '../support/model.ts';
import { failureOf, request } from '../support/provider.ts';
import { relayTo } from '../support/relay.ts';
import { servicesSetup } from '../support/services.ts';
import { until } from '../support/until.ts';

const WORST = 9000;
const LONGER_THAN_ANY_TEST = 600_000;
const NEVER = new Promise<null>(() => undefined);

interface Situation {
  /** Awaited before the provider gets a request. */
  sees?: (method: string, path: string) => unknown;
  withdrawMs?: number;
  latencyMs?: number;
}

async function setup({ sees = () => null, withdrawMs = LONGER_THAN_ANY_TEST, latencyMs = 0 }: Situation = {}) {
  const { services, folder, store, standIn, run } = await servicesSetup({ latencyMs });
  const caller = callerOf(store, await relayTo(standIn.baseUrl, sees), 10, { withdrawMs });
  const provider = responsesProvider({ apiKey: 'test', baseUrl: standIn.baseUrl });

  /** Its worker had learnt the id of the response before it was gone. */
  async function leave(subtaskId: string): Promise<string> {
    const responseId = await createdAt(standIn.baseUrl);
    const { head: transcriptHead, unsaved } = await store.transcripts.draft(null, conversation('hi'));
    const left = intent(subtaskId, { ownerId: 'nobody', transcriptHead, unsaved, reserve: costing(WORST) });
    await store.journal.intend(left);
    await store.journal.identify({ callKey: left.callKey, n: 1, responseId });
    return responseId;
  }

  const creates = async () => (await store.ledger.extract('objective')).creates;
  const ask = (responseId: string) => provider.retrieve(responseId, request(), new AbortController().signal);
  const { closeObjective } = createOpenCloseActivities({ ...services, caller });
  return { folder, store, caller, leave, creates, ask, close: () => run(closeObjective, RESULT, 1, []) };
}

async function createdAt(baseUrl: string): Promise<string> {
  const headers = { authorization: 'Bearer test', 'content-type': 'application/json' };
  const body = JSON.stringify({ model: head().model, input: 'hi', background: true, store: true });
  const created = await fetch(`${baseUrl}/responses`, { method: 'POST', headers, body });
  return ((await created.json()) as { id: string }).id;
}

const RESULT: ObjectiveResult = {
  objectiveId: 'objective',
  status: 'cancelled',
  failure: null,
  answerRef: null,
  report: null,
  counts: { planned: 0, completed: 0, failed: 0, skipped: 0, cancelled: 0 },
  findings: 0,
  spend: { calls: 0, costMicros: 0 },
};

test('one without an id is in doubt, and left alone while its worker lives', async () => {
  const { folder, store, caller } = await setup();
  await store.journal.intend(intent('gone', { ownerId: 'nobody' }));
  const alive = new OwnerLeases(join(folder, 'owners'));
  alive.take();
  await store.journal.intend(intent('alive', { ownerId: alive.ownerId, reserve: costing(70) }));
  await caller.settleLeftovers('objective');
  const account = await store.ledger.account('objective');
  expect(account?.micros).toMatchObject({ reserved: 70, inDoubt: 100 });
  alive.release();
  await caller.settleLeftovers('objective');
  expect((await store.ledger.account('objective'))?.micros).toMatchObject({ reserved: 0, inDoubt: 170 });
});

test('one that the provider still works on is stopped there', async () => {
  const { caller, leave, creates, ask } = await setup({ latencyMs: LONGER_THAN_ANY_TEST });
  const responseId = await leave('a');
  await caller.settleLeftovers('objective');
  expect((await failureOf(ask(responseId))).message).toContain('cancelled');
  // What it had done until then is not told.
  expect(await creates()).toMatchObject([{ state: 'in-doubt', cost: { micros: WORST } }]);
});

test('one that was answered costs what it cost', async () => {
  const { caller, leave, creates, ask } = await setup();
  await ask(await leave('a'));
  await caller.settleLeftovers('objective');
  const [left] = await creates();
  expect(left).toMatchObject({ state: 'settled', failure: 'ModelUnavailable' });
  expect(left?.cost.micros).toBeGreaterThan(0);
  expect(left?.cost.micros).toBeLessThan(WORST);
});

test('they are withdrawn side by side', async () => {
  const all = new Gate();
  const { caller, leave, creates, ask } = await setup({
    sees: (_, path) => (path.endsWith('/cancel') ? all.hold() : null),
  });
  for (const subtaskId of ['a', 'b']) await ask(await leave(subtaskId));
  const settling = caller.settleLeftovers('objective');
  await until(() => all.arrived === 2);
  all.open();
  await settling;
  expect(await creates()).toMatchObject([{ state: 'settled' }, { state: 'settled' }]);
});

test.each([
  ['does not answer to a cancel', 'POST'],
  ['does not tell what it cost', 'GET'],
])('an objective closes though its provider %s: the call is in doubt', async (_, hangsAt) => {
  const { store, leave, creates, close } = await setup({
    sees: (method) => (method === hangsAt ? NEVER : null),
    withdrawMs: 100,
  });
  await store.objectives.open({ objectiveId: 'objective', title: '', startedAtMs: 0 });
  await leave('a');
  await expect(close()).resolves.toEqual({ calls: 1, costMicros: WORST });
  expect(await creates()).toMatchObject([{ state: 'in-doubt' }]);
  expect(await store.objectives.get('objective')).toMatchObject({ status: 'cancelled' });
});
