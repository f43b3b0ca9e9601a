/**
 * The process behind which everything in a pod runs: reads requests from stdin, writes answers to stdout, ends with its stdin.
 * Runs on what lies beside it alone: no packages, no environment. Commands get pipes of their own and never these.
 */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { PodAnswer, PodMessage } from '../protocol.ts';
import { PROXY_SOCKET, startBridge } from './bridge.ts';
import { closeInherited } from './inherited.ts';
import { killAllOthers, killMarked } from './leftovers.ts';
import { type Operation, operationsOf } from './operations.ts';
import { Refusal } from './refusal.ts';
import type { SupervisorSetup } from './setup.ts';

const setup = JSON.parse(process.argv[2] ?? '') as SupervisorSetup;
const underWay = new Map<number, AbortController>();
let mayHaveLeftovers = false;

const operations = operationsOf(setup, () => {
  mayHaveLeftovers = true;
  if (underWay.size === 1) killLeftovers();
});

/** Called when no request but the one that ends is under way: other operations have children, too. */
function killLeftovers(): void {
  if (!mayHaveLeftovers) return;
  mayHaveLeftovers = false;
  if (setup.isIsolated) killAllOthers();
  else killMarked(setup.pod, process.pid);
}

const say = (answer: PodAnswer): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

function hear(line: string): void {
  const message = JSON.parse(line) as PodMessage;
  if ('abort' in message) underWay.get(message.abort)?.abort();
  else void answer(message.id, operations[message.name], message.args as never);
}

async function answer(id: number, operation: Operation | undefined, args: never): Promise<void> {
  const abort = new AbortController();
  underWay.set(id, abort);
  const said = await outcomeOf(id, operation, args, abort.signal);
  underWay.delete(id);
  if (underWay.size === 0) killLeftovers();
  say(said);
}

async function outcomeOf(
  id: number,
  operation: Operation | undefined,
  args: never,
  signal: AbortSignal,
): Promise<PodAnswer> {
  try {
    if (!operation) throw new Error('There is no such operation.');
    return { id, value: (await operation(args, signal)) ?? null };
  } catch (error) {
    if (error instanceof Refusal) return { id, refused: error.message };
    return { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

closeInherited();
createInterface({ input: process.stdin })
  .on('line', hear)
  .on('close', () => {
    mayHaveLeftovers = true;
    killLeftovers();
    process.exit();
  });
if (setup.isIsolated && existsSync(PROXY_SOCKET)) await startBridge(PROXY_SOCKET);
say({ ready: true });
