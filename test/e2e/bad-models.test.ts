/**
 * Models that answer badly and workspaces that hold odd things: each objective ends with a failure of the closed list and what would help,
 * or goes on where it can. After each, the same workers carry out a good objective.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FAILURES, type FailureType } from '../../src/contracts/failures.ts';
import type { Reaction, Script } from '../../src/standin/reaction.ts';
import { userText } from '../../src/standin/request.ts';
import { addressesOf } from '../support/calls.ts';
import { folderWith } from '../support/folders.ts';
import { FIXTURE_FILES, FIXTURE_FINDINGS, fixtureRepository, placesOf } from '../support/repository.ts';
import { callsTool, drafted, says, saysPlan } from '../support/says.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

let pids: Record<string, number>;
beforeAll(() => void (pids = product.endpoint.processes));

/** The same workers as at the beginning, and they work. */
afterEach(async () => {
  product.script = () => null;
  const handle = await start();
  await expect(handle.result()).resolves.toMatchObject({ status: 'completed', findings: FIXTURE_FINDINGS.length });
  expect(product.endpoint.processes).toEqual(pids);
});

const start = (more = {}) =>
  product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository(), ...more });

/** The planning calls are answered by `reaction`. */
const planner =
  (reaction: Reaction): Script =>
  ({ callKey }) =>
    /\/plan[^/]*$/.test(callKey) ? reaction : null;

async function endOf(script: Script, more = {}) {
  product.script = script;
  const handle = await start(more);
  const result = await handle.result();
  return { handle, result, markdown: await handle.document('markdown'), html: await handle.document('html') };
}

describe('a planner that', () => {
  const REPAIRED_TWICE = ['plan', 'plan.repair-1', 'plan.repair-2'];
  const many = Array.from({ length: 4_000 }, (_, index) => drafted(`s${index}`));
  const circle = [drafted('a', { dependsOn: ['b'] }), drafted('b', { dependsOn: ['a'] })];

  test.each<[string, Reaction, FailureType, string[]]>([
    ['does not answer in JSON', says('Certainly! Here is the plan: {'), 'PlanInvalid', REPAIRED_TWICE],
    ['answers outside the schema', says({ plan: [] }), 'PlanInvalid', REPAIRED_TWICE],
    ['plans a circle', saysPlan(...circle), 'PlanInvalid', REPAIRED_TWICE],
    ['plans an unknown kind', saysPlan(drafted('a', { kind: 'dance' })), 'PlanInvalid', REPAIRED_TWICE],
    ['plans four thousand subtasks', saysPlan(...many), 'PlanInvalid', REPAIRED_TWICE],
    ['plans nothing', saysPlan(), 'PlanInvalid', REPAIRED_TWICE],
    ['refuses', { kind: 'refusal' }, 'ModelRefused', ['plan']],
    [
      'is cut at its longest answer',
      { kind: 'incomplete', reason: 'max_output_tokens' },
      'ModelOutputTruncated',
      ['plan'],
    ],
    ['is filtered', { kind: 'incomplete', reason: 'content_filter' }, 'ModelContentFiltered', ['plan']],
    [
      'is told that the request is malformed',
      { kind: 'error', status: 400, code: 'invalid_prompt' },
      'ModelRequestRejected',
      ['plan'],
    ],
  ])('%s ends the objective with what would help', async (_, reaction, type, calls) => {
    const { handle, result, markdown, html } = await endOf(planner(reaction));
    expect(result).toMatchObject({ status: 'failed', failure: { type }, counts: { planned: 0 } });
    expect(addressesOf(product, handle.id)).toEqual(calls.map((purpose) => `manager/1/0/${purpose}`));
    expect(markdown).toContain(FAILURES[type].help);
    expect(html).toContain(FAILURES[type].help);
  });

  test('plans a circle once is told of it, and its second plan is carried out', async () => {
    const repairs: string[] = [];
    const { handle, result } = await endOf(({ callKey, request }) => {
      if (callKey.endsWith('/plan')) return saysPlan(...circle);
      if (callKey.endsWith('/plan.repair-1')) repairs.push(userText(request));
      return null;
    });
    expect(result.status).toBe('completed');
    expect(repairs).toEqual([expect.stringContaining('circle: a → b → a')]);
    expect(addressesOf(product, handle.id)).not.toContain('manager/1/0/plan.repair-2');
  });

  test('answers with another model than was asked for pauses the objective until that is mended', async () => {
    let isMended = false;
    product.script = (incoming) => (isMended ? null : planner({ kind: 'answer', model: 'gpt-5.4-nano' })(incoming));
    const handle = await start();
    await until(async () => (await handle.view()).progress?.pause?.reason === 'ModelMismatch');
    const shown = await product.cli('show', handle.id);
    expect(shown.stdout).toContain(FAILURES.ModelMismatch.help);
    isMended = true;
    await handle.resume();
    await expect(handle.result()).resolves.toMatchObject({ status: 'completed' });
  });
});

describe('a provider that answers 200 with a web page', () => {
  const PAGE: Reaction = { kind: 'garbage', body: '<html>Welcome</html>', contentType: 'text/html' };

  test('is asked again, and each page stands in the books at its worst case', async () => {
    const { handle, result } = await endOf((incoming) => (incoming.before < 1 ? planner(PAGE)(incoming) : null));
    expect(result.status).toBe('completed');
    expect(addressesOf(product, handle.id).filter((call) => call === 'manager/1/0/plan')).toHaveLength(2);
    const { account } = await handle.view();
    expect(account?.micros.inDoubt).toBeGreaterThan(100_000);
  });

  test('and goes on doing so is stopped by the budget', async () => {
    product.script = planner(PAGE);
    const handle = await start({ budgetUsd: 1 });
    await until(async () => (await handle.view()).progress?.pause?.reason === 'BudgetExceeded');
    const { account } = await handle.view();
    expect(account?.micros.inDoubt).toBeLessThanOrEqual(1_000_000);
    expect(addressesOf(product, handle.id)).toEqual(['manager/1/0/plan', 'manager/1/0/plan']);
    await handle.cancel();
    await expect(handle.result()).resolves.toMatchObject({ status: 'cancelled' });
  });
});

describe('a subagent that', () => {
  const turnOf = (callKey: string): number => Number(/\/only\/\d+\/(\d+)\/turn$/.exec(callKey)?.[1] ?? 0);
  const INVENTED = {
    path: 'README.md',
    startLine: 1,
    endLine: 1,
    quote: 'rm -rf /',
    severity: 'high',
    title: 'x',
    explanation: 'x',
  };

  test.each<[string, (turn: number) => Reaction, FailureType, number]>([
    [
      'takes turn after turn',
      (turn) => callsTool('read_file', { path: 'src/cart.ts', startLine: turn, endLine: turn }),
      'TurnLimitReached',
      4,
    ],
    ['asks for the same again and again', () => callsTool('list_files', { path: '.' }), 'AgentRepeatsItself', 3],
    [
      'goes to and fro',
      (turn) => callsTool('list_files', { path: turn % 2 === 0 ? 'src' : 'lib' }),
      'AgentWithoutProgress',
      8,
    ],
    ['talks and calls no tool', (turn) => says(`Let me think about it ${turn} times.`), 'AgentRepeatsItself', 3],
    [
      'invents its evidence',
      (turn) => callsTool('finish', { summary: `Try ${turn}`, findings: [INVENTED], uncertain: [] }),
      'EvidenceMissing',
      3,
    ],
    ['finishes outside the schema', (turn) => callsTool('finish', { done: turn }), 'ModelAnswerInvalid', 3],
    ['refuses', () => ({ kind: 'refusal' }), 'ModelRefused', 1],
  ])('%s ends its attempt by name, and the objective says what would help', async (_, reaction, type, turns) => {
    const policy = {
      ladders: { investigate: [{ tier: 'mini', tries: 1 }] },
      limits: { maxTurns: type === 'TurnLimitReached' ? turns : 20, maxReplans: 0 },
    };
    const { handle, result, markdown } = await endOf(
      ({ callKey }) => {
        if (callKey.endsWith('/plan')) return saysPlan(drafted('only'));
        return turnOf(callKey) > 0 ? reaction(turnOf(callKey)) : null;
      },
      { policy },
    );
    expect(result).toMatchObject({ status: 'failed', failure: { type: 'SubtasksFailed' }, counts: { failed: 1 } });
    const [only] = (await handle.report())?.subtasks ?? [];
    expect(only).toMatchObject({ state: 'failed', failure: { type } });
    expect(markdown).toContain(FAILURES[type].help);
    expect(addressesOf(product, handle.id).filter((call) => turnOf(call) > 0 || call.startsWith('only/'))).toHaveLength(
      turns,
    );
  });
});

describe('a workspace', () => {
  test('with unreadable, binary, badly encoded and special files is worked on, and what was left out is named', async () => {
    const workspace = folderWith({
      ...FIXTURE_FILES,
      'src/secret.ts': '// nothing to be found here\n',
      'src/latin.ts': Buffer.from('// caf\xe9 na\xefve\n', 'latin1'),
      'src/image.bin': Buffer.from([0x89, 0x50, 0x00, 0xff, 0xfe, 0x00, 0x0a, 0x54, 0x4f, 0x44, 0x4f]),
    });
    chmodSync(join(workspace, 'src/secret.ts'), 0o000);
    execFileSync('mkfifo', [join(workspace, 'src/pipe.ts')]);
    symlinkSync('/etc/passwd', join(workspace, 'src/link.ts'));
    const { handle, result } = await endOf(() => null, { workspace });
    expect(result).toMatchObject({ status: 'completed', counts: { completed: 5 } });
    const report = await handle.report();
    expect(placesOf(report)).toEqual(FIXTURE_FINDINGS);
    const leftOut = report?.workspace.leftOut.map(({ path }) => path);
    expect(leftOut).toEqual(expect.arrayContaining(['src/pipe.ts']));
    // Root reads every file.
    if (process.getuid?.() !== 0) expect(leftOut).toContain('src/secret.ts');
    expect(await handle.document('json')).not.toContain('root:');
  });
});
