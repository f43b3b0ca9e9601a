/** What every command is given. */
import { join } from 'node:path';
import { connect, type Flotilla } from '../client/connect.ts';
import type { Config } from '../config.ts';
import { EXIT } from './exit-codes.ts';
import { assertHome } from './home-finding.ts';
import type { Terminal } from './terminal.ts';

export interface Context {
  config: Config;
  terminal: Terminal;
  environment: NodeJS.ProcessEnv;
}

export const reportsFolderOf = ({ home }: Config): string => join(home, 'reports');

/** Connected for as long as `work` lasts. */
export async function withFlotilla<T>({ config }: Context, work: (flotilla: Flotilla) => Promise<T>): Promise<T> {
  await assertHome(config.home);
  const flotilla = await connect({ home: config.home });
  try {
    return await work(flotilla);
  } finally {
    await flotilla.close();
  }
}

/**
 * Aborts at the first Ctrl-C, ends the process at the second; `release` gives the key back. The listener stays until then: what restores the
 * cursor of a terminal ends a process that nobody else listens for.
 */
export function interruptible(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.detached);
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) };
}
