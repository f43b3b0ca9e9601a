/**
 * Which addresses a pod may be connected to. Everything that the registries of special addresses list is refused
 * (iana.org/assignments/iana-ipv4-special-registry, iana-ipv6-special-registry): of IPv6, only what lies in 2000::/3 is public,
 * so NAT64, link-local and unspecified forms need no line of their own; mapped ones are what they map (`BlockList` looks through them). So are the addresses of this machine's interfaces, public or not.
 */
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** What an address is: `private` may be opened by an entry that says so; `special` only by an entry that is this very address. */
export type AddressKind = 'public' | 'private' | 'special';

const PRIVATE = blockList([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  // For documents and measurements; gateways and tunnels use them for what lies behind them.
  ['192.0.2.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['::1', 128],
  ['fc00::', 7],
]);

const SPECIAL = blockList([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.175.48.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Clouds that answer questions about the machine at addresses that look public (Azure, Oracle, Alibaba's is in 100.64/10).
  ['168.63.129.16', 32],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
]);

const GLOBAL_IPV6 = blockList([['2000::', 3]]);

/** `address` is an IP address without brackets; an IPv6 zone (`%eth0`) makes it special. */
export function kindOf(address: string, own: readonly string[] = ownAddresses()): AddressKind {
  if (address.includes('%')) return 'special';
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (SPECIAL.check(address, family)) return 'special';
  if (PRIVATE.check(address, family) || isOwn(address, own)) return 'private';
  if (family === 'ipv6' && !GLOBAL_IPV6.check(address, family)) return 'special';
  return 'public';
}

export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
}

function isOwn(address: string, own: readonly string[]): boolean {
  const list = new BlockList();
  for (const each of own) list.addAddress(each.replace(/%.*/, ''), isIPv6(each) ? 'ipv6' : 'ipv4');
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function blockList(subnets: [network: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
  return list;
}
