/** `shell`: a command inside the pod: no network, bounded in everything, gone with all that it started once it ends. */
import { z } from 'zod';
import { KEPT_BYTES } from './kept-output.ts';
import { shorten, sizeText } from './text.ts';
import { defineTool, type PodContext } from './tool.ts';

const DEFAULT_SECONDS = 120;
const MOST_SECONDS = 3600;

/** The words that a command begins with, as far as they are plain: what follows may hold content. */
const programIn = (command: string): string => shorten(/^\s*((?:[\w./@+-]+ ?){1,3})/.exec(command)?.[1]?.trim() ?? '…');

export const shell = defineTool({
  name: 'shell',
  description: `Runs a command with /bin/sh in the workspace and gives its exit code and output. No network. What it leaves running in the background is ended with it. Stopped after ${DEFAULT_SECONDS} seconds where nothing else is said.`,
  args: z.strictObject({
    command: z.string().min(1).max(100_000),
    timeoutSeconds: z.int().min(1).max(MOST_SECONDS).nullable().describe(`${DEFAULT_SECONDS} where null`),
  }),
  note: ({ command }) => `run ${programIn(command)}`,
  run: async ({ command, timeoutSeconds }, { pod, outputs, maxToolOutputBytes, signal }: PodContext) => {
    const seconds = timeoutSeconds ?? DEFAULT_SECONDS;
    const args = { command, folder: '.', timeoutMs: seconds * 1000, keepBytes: KEPT_BYTES };
    const end = await pod.request('run', args, signal);
    const how = end.isTimedOut
      ? `stopped after ${seconds} seconds`
      : end.isFlooding
        ? `stopped: it wrote more than is read (${sizeText(end.output.bytes)})`
        : end.exitCode === null
          ? `ended by ${end.signal ?? 'a signal'}`
          : `exit code ${end.exitCode}`;
    return `${how} (${(end.durationMs / 1000).toFixed(1)} s)\n${await outputs.shown(end.output, maxToolOutputBytes)}`;
  },
});
