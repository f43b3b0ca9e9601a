/**
 * What becomes of one request to connect: the addresses to dial, or a refusal. A name is resolved once, and what is dialled is what was judged,
 * so a name that changes between two answers gains nothing.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { kindOf } from './addresses.ts';
import { type AllowEntry, entryFor, type Target } from './allow-list.ts';
import { EgressRefusal } from './refusal.ts';

export type Resolve = (host: string) => Promise<string[]>;

export const resolveBySystem: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Throws `EgressRefusal`. One address that may not be dialled refuses them all. */
export async function addressesOf(
  entries: readonly AllowEntry[],
  target: Target,
  resolve: Resolve,
): Promise<readonly string[]> {
  const entry = entryFor(entries, target);
  if (entry === null) {
    throw new EgressRefusal(
      'not-listed',
      `${named(target)} is not among the hosts that may be reached from here (allowHosts)`,
    );
  }
  if (isIP(target.host) !== 0) return [target.host];
  const addresses = await resolve(target.host).catch(() => []);
  if (addresses.length === 0) throw new EgressRefusal('not-found', `${target.host} was not found`);
  const forbidden = addresses.find((address) => !mayDial(address, entry));
  if (forbidden === undefined) return addresses;
  const way =
    kindOf(forbidden) === 'private'
      ? `an entry of allowHosts that says so, as "private:${named(target)}", or that is the address itself`
      : 'an entry of allowHosts that is the address itself';
  throw new EgressRefusal(
    'private-address',
    `${target.host} leads to ${forbidden}, which is not a public address. It is reached by ${way}`,
  );
}

/** Link-local and reserved addresses are no private networks: no name opens those. */
function mayDial(address: string, { isPrivate }: AllowEntry): boolean {
  const kind = kindOf(address);
  return kind === 'public' || (isPrivate && kind === 'private');
}

const named = ({ host, port }: Target): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
