/** Ports on loopback: free or not, said before anything is started. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../config.ts';
import type { Tier } from '../contracts/addresses.ts';
import { FORCE_AFTER_MS } from './force-after.ts';

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** Below what systems give to outgoing connections (Linux: 32768): none of these takes the port before its server does. */
const FIRST_CHOSEN = 20_000;
const LAST_CHOSEN = 32_000;
const MOST_CHOICES = 20;

/** The keeper forces the server by then; workers and the stand-in end in less. */
const LET_GO_WITHIN_MS = FORCE_AFTER_MS + 2000;
const LOOK_EVERY_MS = 50;

/**
 * The port itself if it is free, any free one for 0. `option` is how a user chooses another. One of the `leaving` ports, which servers of a
 * killed stack may still have, is waited for.
 */
export async function claimPort(port: number, what: string, option: string, leaving: number[] = []): Promise<number> {
  if (leaving.includes(port)) return claimLeaving(port, what, option);
  if (port !== 0) return listenOnce(port, what, option);
  for (let choice = 1; choice <= MOST_CHOICES; choice += 1) {
    try {
      return await listenOnce(randomInt(FIRST_CHOSEN, LAST_CHOSEN), what, option);
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
    }
  }
  return listenOnce(0, what, option);
}

async function claimLeaving(port: number, what: string, option: string): Promise<number> {
  const deadline = performance.now() + LET_GO_WITHIN_MS;
  for (;;) {
    try {
      return await listenOnce(port, what, option);
    } catch (error) {
      if (!(error instanceof PortTaken) || performance.now() > deadline) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

async function listenOnce(port: number, what: string, option: string): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    throw new PortTaken(
      `Port ${port} (${what}) is taken on this machine. Choose another with ${option}, or 0 for any that is free.`,
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const LAST_PORT = 65_535;

/** Each worker has its own: the first one `first`, the others those after it; any free ones for 0. Nobody has one where `first` is undefined. */
export async function claimHealthPorts(
  first: number | undefined,
  workers: Tier[],
  leaving: number[],
): Promise<Map<Tier, number>> {
  const claimed = new Map<Tier, number>();
  if (first === undefined) return claimed;
  if (first + workers.length - 1 > LAST_PORT) {
    throw new ConfigError(
      `FLOTILLA_HEALTH_PORT is ${first}: the workers ${workers.join(', ')} have a port each, this one and those after it, and ${LAST_PORT} is the last.`,
    );
  }
  for (const [index, tier] of workers.entries()) {
    const port = first === 0 ? 0 : first + index;
    claimed.set(tier, await claimPort(port, `health of the worker ${tier}`, 'FLOTILLA_HEALTH_PORT', leaving));
  }
  return claimed;
}
