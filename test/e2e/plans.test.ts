/** Plans of callers, checks, plans to look at first, and what becomes of subtasks that fail. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ObjectiveJson } from '../../src/cli/view-json.ts';
import { userText } from '../../src/standin/request.ts';
import { addressesOf, callsOf, newId } from '../support/calls.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { openWorkflows } from '../support/history.ts';
import { fixtureRepository } from '../support/repository.ts';
import { drafted, saysExtend, saysPlan } from '../support/says.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

/** The calls of an objective that the manager made itself: `0/plan`, `1/review`, … */
const managerCalls = (id: string): string[] =>
  addressesOf(product, id).flatMap((address) => /^manager\/1\/(.+)$/.exec(address)?.[1] ?? []);

function fileWith(text: string, name: string): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

const YAML = `
objective: Find what is left to do.
subtasks:
  - id: todos
    kind: investigate
    title: Left to do
    instructions: Search for \`TODO|FIXME\`.
  - id: sorted
    kind: triage
    title: Sort them
    dependsOn: [todos]
`;

const JSON_PLAN = JSON.stringify({
  objective: 'Find what is left to do.',
  subtasks: [
    { id: 'todos', kind: 'investigate', title: 'Left to do', instructions: 'Search for `TODO|FIXME`.' },
    { id: 'sorted', kind: 'triage', title: 'Sort them', dependsOn: ['todos'] },
  ],
});

describe('a plan file', () => {
  test.each([
    ['YAML', YAML, 'plan.yaml'],
    ['JSON', JSON_PLAN, 'plan.json'],
  ])('in %s is carried out as it is: nothing is planned and nothing is added', async (_, text, name) => {
    const id = newId('planned');
    const run = await product.cli('run', '-p', fileWith(text, name), '-w', fixtureRepository(), '--id', id, '--json');
    expect(run.exitCode).toBe(0);
    const view = JSON.parse(run.stdout) as ObjectiveJson;
    expect(view.subtasks.map((subtask) => [subtask.id, subtask.state, subtask.findings])).toEqual([
      ['todos', 'completed', 2],
      ['sorted', 'completed', 2],
    ]);
    expect(managerCalls(id)).toEqual(['1/synthesis']);
  });

  test('says of the limits only what it says: the rest is the policy’s', async () => {
    const id = newId('limited');
    const policy = fileWith('limits: { maxReplans: 1, maxTurns: 2 }', 'policy.yaml');
    const plan = fileWith(`${YAML}\nlimits: { slots: 1 }`, 'plan.yaml');
    const run = await product.cli(
      'run',
      '-p',
      plan,
      '--policy',
      policy,
      '-w',
      fixtureRepository(),
      '--id',
      id,
      '--json',
    );
    expect(run.exitCode).toBe(1);
    const [todos] = (JSON.parse(run.stdout) as ObjectiveJson).subtasks;
    expect(todos).toMatchObject({ state: 'failed', turns: 2 + 2 + 2, failure: { type: 'TurnLimitReached' } });
    expect(managerCalls(id)).toEqual(['1/review', '1/synthesis']);
  });

  test('is printed by --plan-only, which starts nothing else, in the form that --plan takes', async () => {
    const id = newId('looked-at');
    const workspace = fixtureRepository();
    const asked = ['run', 'Find what is risky.', '-w', workspace];
    const shown = await product.cli(...asked, '--id', id, '--plan-only');
    expect(shown).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^triage \(triage\).*needs unfinished/m),
    });
    expect(addressesOf(product, id)).toEqual(['manager/1/0/plan']);
    await until(async () => (await openWorkflows(product, id)).length === 0);

    const printed = await product.cli(...asked, '--plan-only', '--json');
    const followed = newId('followed');
    const plan = fileWith(printed.stdout, 'printed.json');
    const run = await product.cli(...asked, '-p', plan, '--id', followed, '--json');
    expect(run.exitCode).toBe(0);
    expect((JSON.parse(run.stdout) as ObjectiveJson).subtasks.map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'completed'),
    );
    expect(managerCalls(followed)).toEqual(['1/synthesis']);
  });
});

describe('a subtask that fails', () => {
  const WORKSPACE = { 'src/cart.ts': '// TODO handle currencies\n' };

  test('is tried again with the evidence, escalated, replanned and given up, while the rest goes on', async () => {
    const id = newId('doomed');
    const prompts = new Map<string, string>();
    product.script = ({ callKey, request }) => {
      prompts.set(callKey, userText(request));
      if (callKey.endsWith('/plan'))
        return saysPlan(drafted('solid'), drafted('doomed'), drafted('after', { dependsOn: ['doomed'] }));
      if (callKey.endsWith('/1/review')) return saysExtend(['doomed', 'after'], drafted('doomed-again'));
      if (callKey.endsWith('/2/review')) return saysExtend(['doomed-again'], drafted('doomed-finally'));
      return /\/doomed[^/]*\/\d\/1\/turn$/.test(callKey) ? { kind: 'refusal' } : null;
    };
    const handle = await product.flotilla.start({ id, objective: 'Find it.', workspace: folderWith(WORKSPACE) });
    const result = await handle.result();
    const report = await handle.report();

    const attempts = callsOf(product, id).filter(({ address }) => address.startsWith('doomed/'));
    expect(attempts.map(({ address, model }) => [address, model])).toEqual([
      ['doomed/1/1/turn', 'gpt-5.4-mini'],
      ['doomed/2/1/turn', 'gpt-5.4-mini'],
      ['doomed/3/1/turn', 'gpt-5.4'],
    ]);
    expect(prompts.get(`${id}/doomed/1/1/turn`)).not.toContain('previous-attempt');
    for (const attempt of [2, 3]) {
      const evidence = /<previous-attempt>[^]*ModelRefused/;
      expect(prompts.get(`${id}/doomed/${attempt}/1/turn`)).toMatch(evidence);
    }
    expect(managerCalls(id)).toEqual(['0/plan', '1/review', '2/review', '3/synthesis']);
    const ends = report?.subtasks.map((subtask) => [
      subtask.id,
      subtask.state,
      subtask.failure?.type,
      subtask.isReplaced,
    ]);
    expect(ends).toEqual([
      ['solid', 'completed', undefined, false],
      ['doomed', 'failed', 'ModelRefused', true],
      ['after', 'skipped', 'DependencyFailed', true],
      ['doomed-again', 'failed', 'ModelRefused', true],
      ['doomed-finally', 'failed', 'ModelRefused', false],
    ]);
    expect(result).toMatchObject({
      status: 'failed',
      failure: { type: 'SubtasksFailed', message: '1 of 5 subtasks did not complete: doomed-finally (ModelRefused).' },
      counts: { planned: 5, completed: 1, failed: 3, skipped: 1 },
      findings: 1,
    });
    expect(report?.answer).not.toBe('');
    expect(await handle.document('markdown')).toContain('reword the subtask');
  });

  test('no longer counts once another round has made up for it', async () => {
    const id = newId('mended');
    product.script = ({ callKey }) => {
      if (callKey.endsWith('/plan')) return saysPlan(drafted('doomed'));
      if (callKey.endsWith('/1/review')) return saysExtend(['doomed'], drafted('instead'));
      return callKey.includes('/doomed/') ? { kind: 'refusal' } : null;
    };
    const handle = await product.flotilla.start({ id, objective: 'Find it.', workspace: folderWith(WORKSPACE) });
    await expect(handle.result()).resolves.toMatchObject({
      status: 'completed',
      failure: null,
      counts: { completed: 1, failed: 1 },
      findings: 1,
    });
  });
});
