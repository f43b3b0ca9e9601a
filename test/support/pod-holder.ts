/**
 * A process that holds pods, to be killed, or to be an ordinary user's: JSON in (`argv[2]`), JSON lines out. It starts a pod, says
 * `{started}`, runs each command in it, and says how it ended, and how often an interval of its own went off in the meantime. A
 * second pod is asked for something while each command runs.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PodLost } from '../../src/pod/errors.ts';
import { startPod } from '../../src/pod/host.ts';
import type { SandboxMode } from '../../src/pod/launch.ts';
import type { Pod, PodLimits, PodSpec } from '../../src/pod/pod.ts';

export interface Holding {
  /** Folders of both pods are made here. */
  podsFolder: string;
  sandbox: SandboxMode;
  limits: PodLimits;
  commands: { command: string; timeoutMs: number }[];
}

export interface Held {
  /** How the command ended: its end in one word, or why its pod is gone. */
  how: string;
  output: string;
  ticks: number;
  neighbour: number | null;
}

const { podsFolder, sandbox, limits, commands } = JSON.parse(process.argv[2] ?? '') as Holding;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const signal = new AbortController().signal;

async function opened(name: string): Promise<Pod> {
  const workspace = join(podsFolder, name);
  await mkdir(workspace, { recursive: true });
  const spec: PodSpec = { workspace, layers: [], allowHosts: [], limits };
  return startPod(spec, { podsFolder, sandbox });
}

async function held(pod: Pod, neighbour: Pod, { command, timeoutMs }: Holding['commands'][number]): Promise<Held> {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 10);
  const run = { folder: '.', keepBytes: 4096 };
  const [{ how, output }, other] = await Promise.all([
    pod.request('run', { command, timeoutMs, ...run }, signal).then(
      ({ isTimedOut, isFlooding, exitCode, output: { text } }) => ({
        how: isTimedOut ? 'time' : isFlooding ? 'flood' : `exit ${exitCode}`,
        output: text,
      }),
      (error: unknown) => ({ how: error instanceof PodLost ? error.end.reason : String(error), output: '' }),
    ),
    neighbour.request('run', { command: 'true', timeoutMs: 120_000, ...run }, signal),
  ]);
  clearInterval(timer);
  return { how, output, ticks, neighbour: other.exitCode };
}

const [pod, neighbour] = [await opened('one'), await opened('other')];
say({ started: true });
for (const command of commands) say(await held(pod, neighbour, command));
await Promise.all([pod.close(), neighbour.close()]);
