/** `flotilla doctor`: what is there, what is not, and what would help. Changes nothing. */
import { access, constants, mkdir } from 'node:fs/promises';
import { Connection } from '@temporalio/client';
import { rgPath } from '@vscode/ripgrep';
import { z } from 'zod';
import { storeFolder } from '../../config.ts';
import { TIERS, taskQueueOf } from '../../contracts/addresses.ts';
import { missingSearchAttributes, registrationHelp } from '../../embedded/namespace.ts';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';
import { openStore } from '../../store/store.ts';
import { temporalTarget, type TemporalTarget } from '../../temporal-target.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Finding, FindingSchema, ok } from '../finding.ts';
import { modelFindings } from '../model-findings.ts';
import { say } from '../terminal.ts';

/** What `doctor --json` prints. Fields are only ever added. */
export const DoctorJsonSchema = z.array(FindingSchema);

const SIGNS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], failed: ['✗', 'red'] } as const;

export async function doctor(context: Context, { json = false }: { json?: boolean }): Promise<number> {
  const findings = (
    await Promise.all([
      node(),
      binary(context),
      home(context),
      search(),
      modelFindings(context.config, Date.now()),
      server(context),
    ])
  ).flat();
  const { terminal } = context;
  if (json) terminal.json(findings);
  else {
    for (const { name, status, detail, help } of findings) {
      const [sign, style] = SIGNS[status];
      terminal.line(say`${terminal.style(style, sign)} ${name.padEnd(18)} ${detail}`);
      if (help !== '') terminal.line(terminal.style('dim', say`  ${' '.repeat(18)} ${help}`));
    }
  }
  return findings.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.done;
}

async function node(): Promise<Finding[]> {
  return [ok('Node', process.version)];
}

async function binary({ config }: Context): Promise<Finding[]> {
  const name = 'Temporal binary';
  try {
    const path = await findTemporalBinary({ configured: config.temporalCli, cache: config.cache, path: config.path });
    if (path !== undefined) return [ok(name, path)];
    return [{ name, status: 'warning', detail: 'not there yet', help: '`flotilla up` downloads or builds it once.' }];
  } catch (error) {
    return [
      {
        name,
        status: 'failed',
        detail: (error as Error).message,
        help: 'Unset FLOTILLA_TEMPORAL_CLI, or name another binary.',
      },
    ];
  }
}

async function home({ config }: Context): Promise<Finding[]> {
  try {
    await mkdir(config.home, { recursive: true });
    await access(config.home, constants.W_OK);
    await openStore(storeFolder(config.home)).close();
    return [ok('home', config.home)];
  } catch (error) {
    return [
      {
        name: 'home',
        status: 'failed',
        detail: `${config.home}: ${(error as Error).message}`,
        help: 'Set FLOTILLA_HOME to a folder that can be written.',
      },
    ];
  }
}

async function search(): Promise<Finding[]> {
  const found = await access(rgPath, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (found) return [ok('ripgrep', rgPath)];
  return [
    {
      name: 'ripgrep',
      status: 'failed',
      detail: `${rgPath} can't be run`,
      help: 'Install the dependencies again: npm ci',
    },
  ];
}

async function server({ config }: Context): Promise<Finding[]> {
  let target: TemporalTarget;
  try {
    target = temporalTarget(config.home);
  } catch (error) {
    return [{ name: 'Temporal server', status: 'warning', detail: 'none runs', help: (error as Error).message }];
  }
  const address = String(target.connectionOptions.address);
  try {
    const connection = await Connection.connect({ ...target.connectionOptions, connectTimeout: '3s' });
    try {
      return [
        ok('Temporal server', address),
        ...(await workers(connection, target.namespace)),
        await searchAttributes(connection, target.namespace),
      ];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [
      {
        name: 'Temporal server',
        status: 'failed',
        detail: `${address} does not answer`,
        help: (error as Error).message,
      },
    ];
  }
}

async function workers(connection: Connection, namespace: string): Promise<Finding[]> {
  return Promise.all(
    TIERS.map(async (tier): Promise<Finding> => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueueOf(tier) },
      });
      const name = `worker ${tier}`;
      if (pollers.length > 0) return ok(name, pollers.map(({ identity }) => identity).join(', '));
      return {
        name,
        status: 'failed',
        detail: 'nobody takes work from its queue',
        help: `Start one: flotilla up --server none --workers ${tier}`,
      };
    }),
  );
}

async function searchAttributes(connection: Connection, namespace: string): Promise<Finding> {
  const name = 'search attributes';
  const help = registrationHelp(namespace);
  try {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return ok(name, 'registered');
    return { name, status: 'warning', detail: `missing: ${missing.join(', ')}`, help };
  } catch {
    return { name, status: 'warning', detail: 'this server does not say; they are not used', help };
  }
}
