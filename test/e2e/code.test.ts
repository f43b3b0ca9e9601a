/** Objectives that change files: side by side, merged in turn, judged by the engine, brought home on request alone. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { refOf } from '../../src/store/blobs.ts';
import { CodeDraftSchema } from '../../src/contracts/results.ts';
import { CHECKS, CODE_FILES, codeRepository, patch, PATCHES } from '../support/code-repository.ts';
import { contentsOf } from '../support/folders.ts';
import { newId } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { runsOf } from '../support/history.ts';
import { jsonlFile, labelledRows, readJsonl } from '../support/items.ts';
import { CLASSIFY } from '../support/maps.ts';
import { callsTool } from '../support/says.ts';
import { describePods } from '../support/pods.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const code = (id: string, instructions: string, checks: string[], more: object = {}) => ({
  ...{ id, kind: 'code', title: `Mend ${id}`, instructions, checks },
  ...more,
});

describePods('an objective that changes files', () => {
  const product = productForSuite();

  const start = (id: string, subtasks: object[], more: object = {}) =>
    product.flotilla.start({
      ...{ id, objective: 'Mend the library.', isWithoutAnswer: true },
      ...{ workspace: codeRepository(), plan: { checks: CHECKS, subtasks }, ...more },
    });

  test('judges anew where what was merged before protects what a later subtask has changed', async () => {
    const id = newId('protected');
    const changed = ['*** Begin Patch', '*** Update File: limit.txt', '-1', '+2', '*** End Patch'].join('\n');
    const handle = await start(
      id,
      [
        code('add', PATCHES.add, ['add'], { protects: ['limit.txt'] }),
        code('limit', changed, ['add', 'limit'], { dependsOn: ['add'] }),
      ],
      {
        workspace: codeRepository({ 'limit.txt': '1\n' }),
        policy: {
          checks: { ...CHECKS, limit: { command: 'grep 2 limit.txt' } },
          ladders: { code: [{ tier: 'mini', tries: 1 }] },
        },
      },
    );
    await handle.result();
    const progress = await handle.progress();
    expect(progress.merged?.map(({ subtaskId }) => subtaskId)).toEqual(['add']);
    expect(progress.subtasks.map(({ failure }) => failure?.type ?? null)).toEqual([null, 'MergeChecksFailed']);
  });

  test('mends three bugs side by side; the two that meet in one function are merged one after the other', async () => {
    const id = newId('mends');
    const gate = new Gate();
    // The same lines as `mean`: it comes second, and tries again from what was merged.
    const rounding = patch(
      '@@ exports.mean = (values) => {',
      '-  return sum / values.length;',
      '+  return Math.round((sum / values.length) * 100) / 100;',
    );
    const again = patch(
      '@@ exports.mean = (values) => {',
      '-  return values.length === 0 ? 0 : sum / values.length;',
      '+  return values.length === 0 ? 0 : Math.round((sum / values.length) * 100) / 100;',
    );
    product.script = ({ callKey }) => (callKey === `${id}/round/1/2/turn` ? gate.hold() : null);
    const workspace = codeRepository();
    const handle = await start(
      id,
      [
        code('add', PATCHES.add, ['add']),
        code('mean', PATCHES.mean, ['mean']),
        code('round', `${rounding}\n${again}`, []),
        code('clamp', PATCHES.clamp, ['clamp']),
      ],
      { workspace },
    );
    // All but `round`, which is held.
    await until(async () => (await handle.progress()).merged?.length === 3);
    gate.open();
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 4 } });
    const progress = await handle.progress();
    expect(progress.merged?.map(({ subtaskId }) => subtaskId).toSorted()).toEqual(['add', 'clamp', 'mean', 'round']);
    expect(progress.merged?.at(-1)?.subtaskId).toBe('round');
    expect(progress.subtasks.map(({ id: subtask, attempt }) => [subtask, attempt])).toEqual([
      ['add', 1],
      ['mean', 1],
      ['round', 2],
      ['clamp', 1],
    ]);
    expect(contentsOf(workspace)).toEqual(CODE_FILES);
    const report = await handle.report();
    expect(report?.changes.map(({ files }) => files)).toEqual(
      Array(4).fill([{ path: 'numbers.js', change: 'changed' }]),
    );

    const { stdout: shown } = await product.cli('show', id);
    expect(shown).toMatch(/✓ round +Mend round +code · mini · \d+ turns · attempt 2 · merged · /);

    execFileSync('git', ['init', '-q'], { cwd: workspace });
    const applied = await product.cli('apply', id);
    expect(applied).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(workspace, 'numbers.js'), 'utf8')).toContain('values.length === 0 ? 0 : Math.round(');
    for (const { command } of Object.values(CHECKS)) execFileSync('/bin/sh', ['-c', command], { cwd: workspace });
    for (const { text } of await runsOf(product, id)) expect(text).not.toContain('exports.');
  });

  test('believes its own checks alone: tests that were edited, deleted or only said to pass leave a subtask failed', async () => {
    const id = newId('cheats');
    const summary = CodeDraftSchema.parse({ summary: 'All tests passed.' });
    const cheats: Record<string, { name: string; args: unknown }[]> = {
      claims: [{ name: 'finish', args: summary }],
      edits: [{ name: 'write_file', args: { path: 'test/add.test.js', content: '' } }],
      deletes: [{ name: 'shell', args: { command: 'rm -r test; echo all tests passed', timeoutSeconds: null } }],
      shadows: [
        {
          name: 'shell',
          args: { command: 'mkdir -p node_modules; printf "exit 0" > node; chmod +x node', timeoutSeconds: null },
        },
      ],
    };
    product.script = ({ callKey }) => {
      const [, subtask = '', , turn] = callKey.split('/');
      const [cheat] = cheats[subtask] ?? [];
      if (!callKey.startsWith(`${id}/`) || !cheat) return null;
      const calls = turn === '1' ? [cheat] : [{ name: 'finish', args: { summary: `${summary.summary} ${turn}` } }];
      return { kind: 'answer', utterance: { calls } };
    };
    const handle = await start(
      id,
      Object.keys(cheats).map((name) => code(name, 'Mend add.', ['add'])),
      { policy: { ladders: { code: [{ tier: 'mini', tries: 1 }] } } },
    );
    expect(await handle.result()).toMatchObject({ status: 'failed', counts: { failed: 4 } });
    const progress = await handle.progress();
    expect(progress.subtasks.map(({ failure }) => failure?.type)).toEqual(Array(4).fill('ChecksFailed'));
    expect(progress.merged).toBeUndefined();
  });

  test('begins nothing where the setup fails, and says what it wrote', async () => {
    const id = newId('unset');
    product.script = () => null;
    const setup = { command: 'echo no such package; exit 3' };
    const handle = await start(id, [code('add', PATCHES.add, ['add'])], {
      plan: { checks: CHECKS, setup, subtasks: [code('add', PATCHES.add, ['add'])] },
    });
    expect(await handle.result()).toMatchObject({ status: 'failed' });
    expect((await handle.progress()).subtasks).toMatchObject([
      {
        failure: { type: 'SetupFailed', message: expect.stringMatching(/exit code 3[^]*no such package/) as unknown },
        ...{ attempt: 1, spend: { calls: 0 } },
      },
    ]);
  });

  test('shows where a merged change touches what is protected', async () => {
    const id = newId('touches');
    product.script = () => null;
    const weaker = `${PATCHES.add.replace('*** End Patch', '')}*** Delete File: test/clamp.test.js\n*** End Patch`;
    const handle = await start(id, [code('add', weaker, ['add'])]);
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect((await handle.report())?.changes).toMatchObject([{ protected: ['test/clamp.test.js'] }]);
    expect(await handle.document('markdown')).toContain('test/clamp.test.js');
  });

  test('apply refuses what was changed meanwhile, and leaves everything as it was', async () => {
    const id = newId('dirty');
    product.script = () => null;
    const workspace = codeRepository();
    const handle = await start(id, [code('add', PATCHES.add, ['add'])], { workspace });
    await handle.result();
    writeFileSync(join(workspace, 'numbers.js'), 'mine\n');
    const { exitCode, stderr } = await product.cli('apply', id);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('numbers.js');
    expect(readFileSync(join(workspace, 'numbers.js'), 'utf8')).toBe('mine\n');
  });

  test('gives what a map left to an agent that depends on it, and merges nothing of it', async () => {
    const id = newId('reads');
    product.script = () => null;
    const rows = labelledRows(20);
    const results = '.flotilla/results/sort';
    const commands = [
      `cp ${results}/results.jsonl labels.jsonl`,
      `echo spoilt > ${results}/results.jsonl; rm ${results}/summary.json; echo new > ${results}/new.txt`,
    ];
    const workspace = codeRepository();
    const handle = await start(
      id,
      [
        { ...{ id: 'sort', kind: 'map', title: 'Sort', operation: CLASSIFY }, input: { path: jsonlFile(rows) } },
        code('copy', commands.map((command) => `$ ${command}`).join('\n'), ['alone'], { dependsOn: ['sort'] }),
        code('add', PATCHES.add, ['add'], { dependsOn: ['copy'] }),
      ],
      { workspace, policy: { checks: { alone: { command: 'ls -A | grep jsonl && ! ls -A | grep flotilla' } } } },
    );
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 3 } });
    expect((await handle.report())?.changes.map(({ files }) => files)).toEqual([
      [{ path: 'labels.jsonl', change: 'added' }],
      [{ path: 'numbers.js', change: 'changed' }],
    ]);
    execFileSync('git', ['init', '-q'], { cwd: workspace });
    expect(await product.cli('apply', id)).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(workspace, '.flotilla'))).toBe(false);
    const ids = readJsonl<{ id: string }>(join(workspace, 'labels.jsonl')).map((line) => line.id);
    expect(ids).toEqual(rows.map((row) => row.id));
  });

  test('pages through an output that was too long to be shown, and reads nothing else of the store by it', async () => {
    const id = newId('pages');
    const shown: string[] = [];
    const refIn = (text: string): string => /read_output \{\\*"ref\\*": \\*"(sha256:[0-9a-f]+)/.exec(text)?.[1] ?? '';
    product.script = ({ callKey, request }) => {
      if (!callKey.startsWith(`${id}/long/`)) return null;
      const input = JSON.stringify(request.input);
      shown.push(input);
      const turn = callKey.split('/').at(-2);
      if (turn === '1') return callsTool('shell', { command: 'seq 1 100000', timeoutSeconds: null });
      const ref = refIn(shown[1] ?? '');
      if (turn === '2') return callsTool('read_output', { ref, startLine: 50_000, endLine: 50_001 });
      // An object of the store that is no output.
      if (turn === '3')
        return callsTool('read_output', { ref: refOf('Mend the library.'), startLine: null, endLine: null });
      return null;
    };
    const handle = await start(id, [code('long', PATCHES.add, [])]);
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(shown[1]).toContain('bytes left out');
    expect(shown[2]).toContain('50000| 50000');
    expect(shown[3]).toContain('There is no output');
  });
});
