/**
 * The hosts that a pod may reach. An entry is `host`, `*.suffix` (not the suffix itself), an IPv4 address or an IPv6 address in brackets;
 * with `:port`, that port alone, else 443 and 80. `private:` before a name allows that it resolves to a private address.
 * An address reaches nothing but an entry that is this address: no name stands for it.
 */
import { isIP } from 'node:net';

export interface AllowEntry {
  /** Lower case, no brackets, no dot at its end; what follows `*.` where it is a suffix. */
  host: string;
  isSuffix: boolean;
  /** Null is 443 and 80. */
  port: number | null;
  isPrivate: boolean;
}

export interface Target {
  host: string;
  port: number;
}

/** An entry that says nothing clear. The message names it and what one looks like. */
export class AllowEntryInvalid extends Error {
  override readonly name = 'AllowEntryInvalid';
}

const PRIVATE = 'private:';
const USUAL_PORTS = [443, 80];
/** So that `*.com` opens no more than it says, and `*` nothing at all. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

export function parseAllowEntry(entry: string): AllowEntry {
  const isPrivate = entry.startsWith(PRIVATE);
  const rest = isPrivate ? entry.slice(PRIVATE.length) : entry;
  const isSuffix = rest.startsWith('*.');
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(isSuffix ? rest.slice(2) : rest) ?? [];
  const host = hostOf(name);
  const isAddress = host !== null && isIP(host) !== 0;
  if (
    host === null ||
    (isSuffix && isAddress) ||
    (!isAddress && !host.split('.').every((label) => LABEL.test(label)))
  ) {
    throw new AllowEntryInvalid(invalid(entry));
  }
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) throw new AllowEntryInvalid(invalid(entry));
  return { host, isSuffix, port: port === undefined ? null : Number(port), isPrivate };
}

/** The host as everything after this compares it: as URLs have it, so 0x7f.1 and 127.0.0.1 are the same. Null where it is none. */
export function hostOf(name: string): string | null {
  if (name === '' || /[/\\?#@\s%]/.test(name)) return null;
  const url = URL.parse(`http://${name}`);
  if (url === null || url.port !== '' || url.hostname === '') return null;
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** The entry that allows a target, the one that allows most where there are several. `host` as of `hostOf`. */
export function entryFor(entries: readonly AllowEntry[], { host, port }: Target): AllowEntry | null {
  const fitting = entries.filter(
    (entry) => fitsHost(entry, host) && (entry.port === null ? USUAL_PORTS.includes(port) : entry.port === port),
  );
  return fitting.find(({ isPrivate }) => isPrivate) ?? fitting[0] ?? null;
}

function fitsHost(entry: AllowEntry, host: string): boolean {
  if (!entry.isSuffix) return entry.host === host;
  return isIP(host) === 0 && host.endsWith(`.${entry.host}`);
}

const invalid = (entry: string): string =>
  `"${entry}" is no host to allow. One is like example.com, *.example.com, example.com:8443 or, where it resolves to a private address, private:git.example.com.`;
