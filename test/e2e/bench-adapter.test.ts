/** `flotilla bench adapter` in a harness of a few lines: a run that is killed and taken up again, and what it says and leaves. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Script } from '../../src/standin/reaction.ts';
import { userText } from '../../src/standin/request.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { CLI } from '../support/product.ts';
import { says } from '../support/says.ts';
import { standInSetup } from '../support/stand-in.ts';

const HARNESS = `
export const PLAN_PROMPT = '[[id:plan]] Plan.';
export const plan = () => [
  { id: 't0', calls: 2, deps: [] },
  { id: 't1', calls: 1, deps: [] },
  { id: 't2', calls: 2, deps: ['t0', 't1'] },
];
export const subtaskPrompt = (task, call, given) => '[[id:' + task.id + '-' + call + ']] given ' + given.join(',');
export const subtaskResult = (task, answers, given) => task.id + '(' + answers.join(',') + '|' + given.join(',') + ')';
export const finalPrompt = () => '[[id:final]] Sum up.';
`;

const idOf = (text: string): string => [...text.matchAll(/\[\[id:([^\]]+)\]\]/g)].at(-1)?.[1] ?? '';

interface Line {
  event: string;
  wall_ms?: number;
}

/** One life of the adapter, in a process group of its own. */
function live(folder: string, args: string[]) {
  const child = spawn(process.execPath, [CLI, 'bench', 'adapter', ...args], {
    ...{ cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'inherit'] as const },
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<{ code: number | null; lines: Line[] }>((resolve) =>
    child.once('close', (code) =>
      resolve({
        code,
        lines: said
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Line),
      }),
    ),
  );
  return { kill: () => process.kill(-(child.pid ?? 0), 'SIGKILL'), ended };
}

test('a tree that is killed on its way is taken up again: what was answered is asked no more, and its answers make the tree', async () => {
  const asked: string[] = [];
  let first: ReturnType<typeof live> | null = null;
  const script: Script = ({ request }) => {
    const id = idOf(userText(request));
    if (id === 't2-1' && first) {
      first.kill();
      first = null;
      return { kind: 'error', status: 429, code: 'rate_limit_exceeded' };
    }
    asked.push(id);
    return says(`<${id}>`);
  };
  const { standIn } = await standInSetup({ script });
  const folder = folderWith({ 'workloads.mjs': HARNESS });
  const out = temporaryFolder('flotilla-out');
  const args = ['--workload', 'tree', '--n', '3', '--base-url', standIn.baseUrl, '--out', out, '--concurrency', '2'];
  first = live(folder, args);
  expect((await first.ended).code).not.toBe(0);

  const { code, lines } = await live(folder, [...args, '--resume']).ended;
  expect([code, lines.map(({ event }) => event)]).toEqual([0, ['start', 'result']]);
  expect(lines[1]?.wall_ms).toBeGreaterThan(0);
  expect(asked.toSorted()).toEqual(['final', 'plan', 't0-0', 't0-1', 't1-0', 't2-0', 't2-1']);
  expect(asked.slice(-3)).toEqual(['t2-0', 't2-1', 'final']);
  expect(JSON.parse(readFileSync(join(out, 'tree.json'), 'utf8'))).toEqual([
    't0(<t0-0>,<t0-1>|)',
    't1(<t1-0>|)',
    't2(<t2-0>,<t2-1>|t0(<t0-0>,<t0-1>|),t1(<t1-0>|))',
  ]);
});
