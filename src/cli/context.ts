/** What every command is given. */
import { join } from 'node:path';
import { connect, type Flotilla } from '../client/connect.ts';
import type { Config } from '../config.ts';
import type { Terminal } from './terminal.ts';

export interface Context {
  config: Config;
  terminal: Terminal;
  environment: NodeJS.ProcessEnv;
}

export const reportsFolderOf = ({ home }: Config): string => join(home, 'reports');

/** Connected for as long as `work` lasts. */
export async function withFlotilla<T>({ config }: Context, work: (flotilla: Flotilla) => Promise<T>): Promise<T> {
  const flotilla = await connect({ home: config.home });
  try {
    return await work(flotilla);
  } finally {
    await flotilla.close();
  }
}

/** Aborts at the first Ctrl-C; `release` gives the key back. */
export function interruptible(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onInterrupt = (): void => controller.abort();
  process.once('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) };
}
