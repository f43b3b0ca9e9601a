/** From typing `npm start -- --once` to the first planned subtask, on a machine where nothing is left to set up. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './harness.ts';

const GOAL_S = 10;

export async function measureStart(): Promise<Measurement[]> {
  const home = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  try {
    await secondsToFirstSubtask(home);
    const seconds = await secondsToFirstSubtask(home);
    return [
      {
        name: 'second `npm start -- --once` to its first subtask',
        value: `${seconds.toFixed(1)} s`,
        goal: `≤ ${GOAL_S} s`,
        isMet: seconds <= GOAL_S,
        note: 'checks of the set-up, server, three workers, frozen repository, and a planning call of 0.6 s',
      },
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function secondsToFirstSubtask(home: string): Promise<number> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const startedAt = performance.now();
  const child = spawn('npm', ['start', '--', '--once', '--port', '0', '--ui-port', '0'], {
    cwd: root,
    env: { ...process.env, FLOTILLA_HOME: home, OPENAI_API_KEY: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seconds = Number.NaN;
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
    if (Number.isNaN(seconds) && / running: /.test(said)) seconds = (performance.now() - startedAt) / 1000;
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`npm start ended with ${code}:\n${said}`);
  return seconds;
}
