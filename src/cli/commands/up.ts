/** `flotilla up`: the stack of a home, in the foreground, until Ctrl-C. */
import { Connection } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { TIERS, type Tier } from '../../contracts/addresses.ts';
import { NAMESPACE, NOT_FOUND, registerSearchAttributes, registrationHelp } from '../../embedded/namespace.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { startStack, type Stack } from '../../embedded/stack.ts';
import { ensureTemporalBinary } from '../../embedded/temporal-binary.ts';
import type { ProcessEvent } from '../../embedded/managed-process.ts';
import { temporalTarget } from '../../temporal-target.ts';
import type { Config } from '../../config.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { assertHome } from '../home-finding.ts';
import { assertReachable, providersOf } from '../model-access.ts';
import { NO_SANDBOX } from '../sandbox-finding.ts';
import { say, type Terminal } from '../terminal.ts';

export interface UpFlags {
  server: string;
  workers: string;
  port: number;
  uiPort: number;
  standIn: boolean;
  standInPort: number;
  standInLatency: number;
  drain?: number;
  sandbox?: Config['sandbox'];
}

export async function up(context: Context, flags: UpFlags): Promise<number> {
  const stack = await bringUp(context, flags);
  // Before it is said, so that it is so.
  const stopped = untilStopped();
  printStack(context, stack, flags);
  context.terminal.line(say`Ctrl-C ends it: calls in flight may finish, then everything stops.`);
  await stopped;
  await shutDown(context.terminal, stack);
  return EXIT.done;
}

export async function bringUp(context: Context, flags: UpFlags): Promise<Stack> {
  const { config, terminal, environment } = context;
  const workers = workersOf(flags.workers);
  if (flags.server !== 'embedded' && flags.server !== 'none') {
    throw new InputInvalid(
      `--server is "embedded" (the local dev server) or "none" (one of yours, by TEMPORAL_ADDRESS), not "${flags.server}".`,
    );
  }
  await assertHome(config.home);
  assertReachable(context, flags.standIn, providersOf(context, workers));
  const settings = { configured: config.temporalCli, cache: config.cache, path: config.path };
  const onProgress = (line: string): void => terminal.line(terminal.style('dim', line));
  const isEmbedded = flags.server === 'embedded';
  return startStack({
    home: config.home,
    temporalBinary: isEmbedded ? await ensureTemporalBinary({ ...settings, onProgress }) : null,
    namespace: isEmbedded ? NAMESPACE : await joinServer(context),
    ports: { grpc: flags.port, ui: flags.uiPort, standIn: flags.standInPort },
    workers,
    healthPort: config.healthPort,
    standInLatencyMs: flags.standIn ? flags.standInLatency : null,
    drainSeconds: flags.drain ?? config.drainSeconds,
    environment: { ...environment, FLOTILLA_SANDBOX: sandboxOf(context, flags) },
    onEvent: (event) => tell(terminal, event),
  });
}

/** A server that somebody else runs: asked to know our search attributes, used without them where it does not. Resolves to the namespace. */
async function joinServer({ config, terminal }: Context): Promise<string> {
  const { connectionOptions, namespace } = temporalTarget(config.home);
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
  terminal.line(say`Temporal server  ${String(connectionOptions.address)}, namespace ${namespace}`);
  try {
    await registerSearchAttributes(connection, namespace);
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) throw new NamespaceNotFoundError(namespace);
    const problem = say`The search attributes can't be registered there: ${(error as Error).message}`;
    terminal.line(terminal.style('yellow', problem));
    terminal.text(registrationHelp(namespace));
  } finally {
    await connection.close();
  }
  return namespace;
}

export function workersOf(list: string): Tier[] {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !TIERS.some((tier) => tier === name));
  if (unknown !== undefined) throw new InputInvalid(`There is no worker "${unknown}"; there are: ${TIERS.join(', ')}.`);
  return TIERS.filter((tier) => names.includes(tier));
}

function tell(terminal: Terminal, event: ProcessEvent): void {
  if (event.kind === 'ready') terminal.line(terminal.style('dim', say`${event.name} is ready (process ${event.pid})`));
  if (event.kind === 'stopped') terminal.line(terminal.style('dim', say`${event.name} has stopped`));
  if (event.kind === 'ended') {
    terminal.line(
      terminal.style(
        'yellow',
        say`${event.name} ended (${event.how}); it is started again in ${event.restartsInMs} ms`,
      ),
    );
  }
}

const sandboxOf = ({ config }: Context, { sandbox }: UpFlags): Config['sandbox'] => sandbox ?? config.sandbox;

export function printStack(context: Context, stack: Stack, flags: UpFlags): void {
  const { terminal, config } = context;
  const { endpoint } = stack;
  terminal.line();
  if (endpoint.webUi !== null) terminal.line(say`Temporal Web UI  ${terminal.style('cyan', endpoint.webUi)}`);
  if (endpoint.temporalAddress !== null) terminal.line(say`Temporal server  ${endpoint.temporalAddress}`);
  terminal.line(say`home             ${config.home} (logs in ${config.home}/logs)`);
  terminal.line(
    say`processes        ${Object.entries(endpoint.processes)
      .map(([name, pid]) => `${name} ${pid}`)
      .join(', ')}`,
  );
  const health = Object.entries(endpoint.health).map(([name, address]) => `${name} ${address}`);
  if (health.length > 0) terminal.line(say`health           ${health.join(', ')}`);
  if (endpoint.standIn !== null) {
    terminal.line(
      terminal.style('yellow', 'models           the stand-in: it follows rules and is not a language model'),
    );
  }
  if (sandboxOf(context, flags) === 'none') terminal.line(terminal.style('red', say`sandbox          ${NO_SANDBOX}`));
  terminal.line();
}

/** Ctrl-C, a request to end, or the end of the terminal. It goes on listening, as `interruptible` does. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

/** A second Ctrl-C does not wait: the operating system ends what is left, as it does when this process is killed. */
export async function shutDown(terminal: Terminal, stack: Stack): Promise<void> {
  terminal.line(terminal.style('dim', 'stopping; Ctrl-C again to force it'));
  const force = (): never => process.exit(EXIT.failed);
  process.once('SIGINT', force);
  await stack.stop();
  process.off('SIGINT', force);
}
