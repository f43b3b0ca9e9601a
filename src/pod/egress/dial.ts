/** A connection to one of the addresses that were judged; no name is looked up here. */
import { connect, type Socket } from 'node:net';
import { EgressRefusal } from './refusal.ts';

const DIAL_MS = 15_000;
/** Longer than builds of packages keep a registry waiting. */
const IDLE_MS = 300_000;

/** In turn, the first that answers. Throws `EgressRefusal`. */
export async function dial(addresses: readonly string[], port: number): Promise<Socket> {
  const problems: string[] = [];
  for (const host of addresses) {
    try {
      return await connectTo(host, port);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new EgressRefusal('unreachable', problems.join('; '));
}

function connectTo(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, timeout: DIAL_MS });
    const fail = (error: Error): void => void socket.destroy(error);
    socket.once('timeout', () => fail(new Error(`${host} did not answer on port ${port}`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setTimeout(IDLE_MS, () => fail(new Error(`Nothing passed for ${IDLE_MS / 1000} seconds`)));
      resolve(socket);
    });
  });
}
