/**
 * Which Temporal server to speak to. Temporal's own configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, its TOML file: read by their
 * package) wins; then the stack of the home. No connection settings of our own.
 */
import type { NativeConnectionOptions } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError } from './config.ts';
import { readEndpoint } from './embedded/endpoint.ts';

export interface TemporalTarget {
  connectionOptions: NativeConnectionOptions;
  namespace: string;
  /** By Temporal's own configuration; otherwise it is the stack of the home. */
  isConfigured: boolean;
}

/** Nothing runs, and nothing is configured. The message says how to start it. */
export class NothingRuns extends Error {
  override readonly name = 'NothingRuns';
}

export function temporalTarget(home: string): TemporalTarget {
  const { connectionOptions, namespace } = configured();
  if (connectionOptions.address !== undefined) {
    return { connectionOptions, namespace: namespace ?? 'default', isConfigured: true };
  }
  const endpoint = readEndpoint(home);
  if (endpoint?.temporalAddress) {
    return {
      connectionOptions: { address: endpoint.temporalAddress },
      namespace: endpoint.namespace,
      isConfigured: false,
    };
  }
  throw new NothingRuns(
    `Nothing runs on ${home}. Start it with \`flotilla up\` (add --stand-in to work without a model key), or set TEMPORAL_ADDRESS to a server of yours.`,
  );
}

function configured(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new ConfigError(
      `Temporal's own configuration (TEMPORAL_* or its TOML file, which needs a [profile.default] table) can't be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
