/** What `flotilla doctor` says of the Temporal server, its workers and its search attributes. */
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { ConfigError } from '../config.ts';
import { TIERS, taskQueueOf, type Tier } from '../contracts/addresses.ts';
import { readEndpoint } from '../embedded/endpoint.ts';
import { missingSearchAttributes, namespaceHelp, NOT_FOUND, registrationHelp } from '../embedded/namespace.ts';
import { pollersOf } from '../embedded/pollers.ts';
import { NothingRuns, temporalTarget, type TemporalTarget } from '../temporal-target.ts';
import type { Context } from './context.ts';
import { type Finding, ok, warning } from './finding.ts';

const NAME = 'Temporal server';
const failed = (detail: string, help: string): Finding => ({ name: NAME, status: 'failed', detail, help });

export async function serverFindings({ config: { home }, environment }: Context): Promise<Finding[]> {
  let target: TemporalTarget;
  try {
    target = temporalTarget(home);
  } catch (error) {
    return [untold(error as Error, environment)];
  }
  const address = String(target.connectionOptions.address);
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...target.connectionOptions, connectTimeout: '3s' });
  } catch (error) {
    return [failed(`${address} does not answer`, `${silenceHelp(target, home)} (${(error as Error).message})`)];
  }
  try {
    const ofWorkers = await workerFindings(connection, target, home);
    return [ok(NAME, address), ...ofWorkers, await searchAttributes(connection, target.namespace)];
  } catch (error) {
    return [refused(error as Error & { code?: unknown; details?: unknown }, address, target.namespace)];
  } finally {
    await connection.close();
  }
}

/** No address is known: because none is said, or because what is said can't be used. */
function untold(error: Error, environment: NodeJS.ProcessEnv): Finding {
  if (error instanceof ConfigError) {
    return failed(
      error.message,
      'Correct the TEMPORAL_… variables or the TOML file, or unset them to use the stack of the home.',
    );
  }
  if (!(error instanceof NothingRuns)) return failed(error.message, 'See that the home can be read.');
  const said = Object.keys(environment).filter((name) => name.startsWith('TEMPORAL_') && environment[name]?.trim());
  if (said.length === 0) return warning(NAME, 'none runs', error.message);
  const file = said.includes('TEMPORAL_CONFIG_FILE')
    ? `See that the file of TEMPORAL_CONFIG_FILE is there, and that its [profile.default] table (or that of TEMPORAL_PROFILE) has an address. `
    : '';
  return failed(
    `none runs, and no address comes of ${said.join(', ')}`,
    `${file}Set TEMPORAL_ADDRESS, or start a stack with \`flotilla up\`.`,
  );
}

const silenceHelp = ({ isConfigured }: TemporalTarget, home: string): string =>
  isConfigured
    ? 'See that a server listens there, or unset TEMPORAL_… to use the stack of the home.'
    : `The stack of the home starts it again; its log: ${join(home, 'logs', 'temporal.log')}`;

/** It answers, but not to us. */
function refused(
  { code, details, message }: Error & { code?: unknown; details?: unknown },
  address: string,
  namespace: string,
): Finding {
  if (code === NOT_FOUND) {
    return failed(`${address} has no namespace "${namespace}"`, namespaceHelp(namespace));
  }
  const why = typeof details === 'string' && details !== '' ? details : message;
  return failed(
    `${address} answers, but does not let us look: ${why}`,
    'See that its TEMPORAL_… settings (namespace, key, TLS) are right.',
  );
}

async function workerFindings(connection: Connection, target: TemporalTarget, home: string): Promise<Finding[]> {
  const { namespace } = target;
  return Promise.all(
    TIERS.map(async (tier): Promise<Finding> => {
      const pollers = await pollersOf(connection, namespace, taskQueueOf(tier));
      const name = `worker ${tier}`;
      if (pollers.length > 0) return ok(name, pollers.join(', '));
      return {
        name,
        status: 'failed',
        detail: 'nobody takes work from its queue',
        help: workerHelp(tier, target, home),
      };
    }),
  );
}

/** One stack holds a home: workers are added to it by starting it again. */
function workerHelp(tier: Tier, target: TemporalTarget, home: string): string {
  const stack = readEndpoint(home);
  if (!stack) return `Start one: flotilla up --server none --workers ${tier}`;
  const { pid, temporalAddress, processes } = stack;
  const isAnother = target.isConfigured && temporalAddress !== null;
  if (isAnother) {
    return `The stack that holds ${home} (process ${pid}) has a server of its own. Unset TEMPORAL_… to use that one, or end it and start: flotilla up --server none`;
  }
  if (processes[tier] !== undefined)
    return `Process ${processes[tier]} is this worker. Its log: ${join(home, 'logs', `${tier}.log`)}`;
  const flags = temporalAddress === null ? ' --server none' : '';
  return `The stack that holds ${home} (process ${pid}) runs without it. End that one, and start all workers: flotilla up${flags}`;
}

async function searchAttributes(connection: Connection, namespace: string): Promise<Finding> {
  const name = 'search attributes';
  const help = registrationHelp(namespace);
  try {
    const missing = await missingSearchAttributes(connection, namespace);
    return missing.length === 0 ? ok(name, 'registered') : warning(name, `missing: ${missing.join(', ')}`, help);
  } catch {
    return warning(name, 'this server does not say; they are not used', help);
  }
}
