/**
 * The ladder and its judge: a result that is not accepted is tried again with the reasons, escalated, replanned and given up, and the rest of
 * the objective ends. Every try is in the log, with what it cost.
 */
import { describe, expect, test } from '@jest/globals';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import { type Attempt, AttemptSchema } from '../../src/contracts/attempts.ts';
import type { Script } from '../../src/standin/reaction.ts';
import { userText } from '../../src/standin/request.ts';
import { bookedCreates, breaches } from '../support/books.ts';
import { addressesOf, newId } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { runsOf, signalsOf } from '../support/history.ts';
import { fixtureRepository } from '../support/repository.ts';
import { drafted, says, saysExtend, saysPlan } from '../support/says.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

const start = (id: string, more = {}): Promise<ObjectiveHandle> =>
  product.flotilla.start({ id, objective: 'Find what is risky.', workspace: fixtureRepository(), ...more });

const rejects = (reason: string) => says({ verdict: 'reject', reason, missing: ['MISSING-CALLERS'] });
const accepts = says({ verdict: 'accept', reason: 'Fine.', missing: [] });
const poison = (id: string) => drafted(id, { acceptance: 'ACCEPTANCE-TEXT: names every caller.' });

const triesOf = (attempts: Attempt[], subtask: string) =>
  attempts
    .filter(({ subtaskId }) => subtaskId === subtask)
    .map(({ tier, attempt, verdict }) => [tier, attempt, verdict]);

/** What the books say that subtasks cost, by subtask: settled and in doubt. */
async function spentOn(handle: ObjectiveHandle, subtask: string): Promise<number> {
  const { spend } = await handle.view();
  const lines = spend.filter(({ subtaskId }) => subtaskId === subtask);
  return lines.reduce((sum, { settledMicros, inDoubtMicros }) => sum + settledMicros + inDoubtMicros, 0);
}

describe('a subtask that no tier solves', () => {
  test('climbs its ladder with the reasons, is replaced as often as may be, and the rest of the objective ends', async () => {
    const id = newId('poisoned');
    const prompts = new Map<string, string>();
    product.script = ({ callKey, request }) => {
      prompts.set(callKey.slice(id.length + 1), userText(request));
      if (callKey.endsWith('/plan'))
        return saysPlan(poison('poison'), drafted('after', { dependsOn: ['poison'] }), drafted('solid'));
      // A manager that never learns: it asks for the same again and again.
      const round = Number(/\/(\d+)\/review$/.exec(callKey)?.[1] ?? 0);
      if (round > 0) return saysExtend([round === 1 ? 'poison' : `poison-${round}`], poison(`poison-${round + 1}`));
      return /\/poison[^/]*\/\d\/0\/judge$/.test(callKey) ? rejects(`REASON-${callKey}`) : null;
    };
    const handle = await start(id);
    const result = await handle.result();
    expect(result).toMatchObject({
      status: 'failed',
      failure: { message: '2 of 5 subtasks did not complete: poison-3 (ResultRejected).' },
      counts: { planned: 5, completed: 1, failed: 3, skipped: 1 },
    });

    const attempts = await handle.attempts();
    const rungs = [
      ['mini', 1, 'ResultRejected'],
      ['mini', 2, 'ResultRejected'],
      ['manager', 3, 'ResultRejected'],
    ];
    for (const subtask of ['poison', 'poison-2', 'poison-3']) expect(triesOf(attempts, subtask)).toEqual(rungs);
    expect(triesOf(attempts, 'solid')).toEqual([['mini', 1, 'accepted']]);
    expect(attempts).toHaveLength(10);
    const managers = addressesOf(product, id).flatMap((call) => /^manager\/1\/(.*)$/.exec(call)?.[1] ?? []);
    expect(managers).toEqual(['0/plan', '1/review', '2/review', '3/synthesis']);

    expect(prompts.get('poison/1/1/turn')).not.toContain('previous-attempt');
    for (const [attempt, before] of [2, 3].map((each) => [each, each - 1])) {
      const evidence = /<previous-attempt>[^]*<\/previous-attempt>/.exec(prompts.get(`poison/${attempt}/1/turn`) ?? '');
      expect(evidence?.[0]).toContain(`REASON-${id}/poison/${before}/0/judge`);
      expect(evidence?.[0]).toContain('- MISSING-CALLERS');
    }
    expect(prompts.get('manager/1/1/review')).toMatch(/\[poison\] investigate, failed: .*\n.*ResultRejected/);
  });

  test('is in the export with every try, and what they cost is what the books say', async () => {
    const id = newId('counted');
    product.script = ({ callKey }) => {
      if (callKey.endsWith('/plan')) return saysPlan(poison('poison'), drafted('solid'));
      return callKey.endsWith('/judge') ? rejects('No.') : null;
    };
    const handle = await start(id, { policy: { limits: { maxReplans: 0 } } });
    await handle.result();
    const { stdout, exitCode } = await product.cli('attempts', '--jsonl');
    expect(exitCode).toBe(0);
    const all = stdout.split('\n').flatMap((line) => (line === '' ? [] : AttemptSchema.parse(JSON.parse(line))));
    const mine = all.filter(({ objectiveId }) => objectiveId === id);
    expect(mine.filter(({ subtaskId }) => subtaskId === 'poison')).toHaveLength(3);
    for (const subtask of ['poison', 'solid']) {
      const tries = mine.filter(({ subtaskId }) => subtaskId === subtask);
      expect(tries.reduce((sum, { costMicros }) => sum + costMicros, 0)).toBe(await spentOn(handle, subtask));
      for (const { inputTokens, outputTokens, costMicros, judgeCostMicros, seconds, isStandIn } of tries) {
        expect(Math.min(inputTokens, outputTokens, costMicros, seconds)).toBeGreaterThan(0);
        expect(judgeCostMicros > 0 && judgeCostMicros < costMicros).toBe(subtask === 'poison');
        expect(isStandIn).toBe(true);
      }
    }
    expect(mine.map(({ model }) => model).toSorted()).toEqual([
      'gpt-5.4',
      'gpt-5.4-mini',
      'gpt-5.4-mini',
      'gpt-5.4-mini',
    ]);
    const { spend } = await handle.view();
    const manager = await spentOn(handle, 'manager');
    const total = spend.reduce((sum, { settledMicros, inDoubtMicros }) => sum + settledMicros + inDoubtMicros, 0);
    expect(mine.reduce((sum, { costMicros }) => sum + costMicros, manager)).toBe(total);
  });

  test('has the tries that its caller gave it, on the tiers of the caller’s', async () => {
    const id = newId('laddered');
    product.script = ({ callKey }) => (callKey.endsWith('/judge') ? rejects('No.') : null);
    const acceptance = 'It names every caller.';
    const only = { id: 'only', kind: 'investigate', title: 'Only', instructions: 'Search for `TODO`.', acceptance };
    const ladders = {
      investigate: [
        { tier: 'nano', tries: 1 },
        { tier: 'mini', tries: 3 },
      ],
    };
    const handle = await start(id, { plan: { ladders, subtasks: [only] } });
    expect(await handle.result()).toMatchObject({ status: 'failed', counts: { failed: 1 } });
    expect(triesOf(await handle.attempts(), 'only').map(([tier]) => tier)).toEqual(['nano', 'mini', 'mini', 'mini']);
  });
});

describe('a judge', () => {
  const judged: Script = ({ callKey }) => (callKey.endsWith('/plan') ? saysPlan(poison('only')) : null);

  test('that accepts the second try ends it, and its text stays out of the history', async () => {
    const id = newId('accepted');
    product.script = (incoming) => {
      if (incoming.callKey.endsWith('/only/1/0/judge')) return rejects('Not yet.');
      return incoming.callKey.endsWith('/only/2/0/judge') ? accepts : judged(incoming);
    };
    const handle = await start(id);
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 1 } });
    expect(triesOf(await handle.attempts(), 'only')).toEqual([
      ['mini', 1, 'ResultRejected'],
      ['mini', 2, 'accepted'],
    ]);
    const [objective] = (await runsOf(product, id)).filter(({ workflowId }) => workflowId === id);
    expect(objective?.text).toContain('"isJudged":true');
    expect(objective?.text).not.toMatch(/ACCEPTANCE-TEXT|MISSING-CALLERS/);
    expect(objective?.summaries).toContain('judge: Subtask only');
  });

  test('is asked about nothing that its plan says nothing about', async () => {
    const id = newId('unjudged');
    product.script = () => null;
    await (await start(id)).result();
    expect(addressesOf(product, id).filter((call) => call.includes('judge'))).toEqual([]);
  });

  test('that can’t be paid pauses the objective, and is asked the same once it goes on', async () => {
    const id = newId('unpaid-judge');
    product.script = (incoming) => {
      if (!incoming.callKey.endsWith('/judge')) return judged(incoming);
      return incoming.before === 0 ? { kind: 'error', status: 429, code: 'insufficient_quota' } : accepts;
    };
    const handle = await start(id);
    await until(async () => (await handle.view()).progress?.pause?.reason === 'ModelBillingStopped');
    expect(await handle.attempts()).toEqual([]);
    await handle.resume();
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(addressesOf(product, id).filter((call) => call.endsWith('/judge'))).toHaveLength(2);
    expect(triesOf(await handle.attempts(), 'only')).toEqual([['mini', 1, 'accepted']]);
  });

  test('is not asked while a person has paused the objective', async () => {
    const id = newId('paused-judge');
    const gate = new Gate();
    product.script = (incoming) => (incoming.callKey.endsWith('/only/1/4/turn') ? gate.hold() : judged(incoming));
    const handle = await start(id);
    await until(() => gate.arrived === 1);
    await handle.pause();
    await until(async () => (await signalsOf(product, `${id}/only/1`)).includes('pause'));
    gate.open();
    await until(async () => (await handle.view()).spend.every(({ inFlight }) => inFlight === 0));
    await (await start(newId('meanwhile'))).result();
    expect(addressesOf(product, id).filter((call) => call.endsWith('/judge'))).toEqual([]);
    await handle.resume();
    expect(await handle.result()).toMatchObject({ status: 'completed' });
  });

  test('that is killed with its worker is in the books for whatever was served', async () => {
    const id = newId('killed-judge');
    let isKilled = false;
    product.script = (incoming) => {
      if (incoming.callKey.endsWith('/judge') && !isKilled) {
        isKilled = true;
        product.kill('manager');
      }
      return judged(incoming);
    };
    const handle = await start(id);
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    const created = product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${id}/`));
    expect(breaches(created, bookedCreates(product.home, id))).toEqual([]);
    const [only] = await handle.attempts();
    expect(only?.costMicros).toBe(await spentOn(handle, 'only'));
  });
});

describe('the log', () => {
  test('of an objective under way holds what has ended so far; of a cancelled one, what the cancellation broke off', async () => {
    const id = newId('under-way');
    const gate = new Gate();
    product.script = (incoming) => {
      if (incoming.callKey.endsWith('/plan'))
        return saysPlan(drafted('first'), drafted('second', { dependsOn: ['first'] }));
      return incoming.callKey.endsWith('/second/1/1/turn') ? gate.hold() : null;
    };
    const handle = await start(id);
    await until(() => gate.arrived === 1);
    const shown = await product.cli('attempts', id, '--jsonl');
    expect(
      shown.stdout
        .trimEnd()
        .split('\n')
        .map((line) => AttemptSchema.parse(JSON.parse(line))),
    ).toMatchObject([{ subtaskId: 'first', verdict: 'accepted', tier: 'mini' }]);
    expect((await product.flotilla.attempts()).filter(({ objectiveId }) => objectiveId === id)).toEqual([]);
    await handle.cancel();
    await handle.result();
    gate.open();
    const attempts = await handle.attempts();
    expect(attempts.map(({ subtaskId, verdict }) => [subtaskId, verdict])).toEqual([
      ['first', 'accepted'],
      ['second', 'cancelled'],
    ]);
  });

  test('is whole where an objective continued as new', async () => {
    const id = newId('continued');
    const ids = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const plan = saysPlan(...ids.map((each) => drafted(each)));
    product.script = ({ callKey }) => (callKey.endsWith('/plan') ? plan : null);
    const handle = await start(id, { policy: { limits: { maxHistoryEvents: 200 } } });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    const runs = (await runsOf(product, id)).filter(({ workflowId }) => workflowId === id);
    expect(runs.length).toBeGreaterThan(1);
    expect((await handle.attempts()).map(({ subtaskId }) => subtaskId).toSorted()).toEqual(ids.toSorted());
  });
});
