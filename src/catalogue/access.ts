/** How providers are reached: address and key, by what the environment says. No key is ever shown. */
import { ConfigError } from '../config.ts';
import { type Tier, TIERS } from '../contracts/addresses.ts';
import type { TierProfile } from '../contracts/model.ts';
import type { Catalogue, ProviderFigures } from './catalogue.ts';

/** Reads the environment. */
export type Setting = (variable: string) => string | undefined;

/** Throws `ConfigError` where the environment names something else; what it names may hold a password. */
export function addressOf({ id, baseUrl, baseUrlVariable }: ProviderFigures, setting: Setting): string {
  const own = baseUrlVariable === undefined ? undefined : setting(baseUrlVariable);
  if (own === undefined) return baseUrl;
  if (/^https?:/i.test(own) && URL.canParse(own)) return own;
  throw new ConfigError(`${baseUrlVariable} is not an address; the provider "${id}" is to be found there.`);
}

/** An address as people may read it: without what it may say of a user, a password or a key. */
export function shownAddress(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

/** Who is at an address, for as long as that matters: this machine is one, whatever the port. */
export function answererAt(address: string): string {
  const { origin, hostname } = new URL(address);
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? 'this machine' : origin;
}

/** A provider, and the tiers whose models it serves. */
export interface ProviderInForce {
  provider: ProviderFigures;
  tiers: Tier[];
}

export function providersInForce(
  catalogue: Catalogue,
  profiles: Record<Tier, TierProfile>,
  among: readonly Tier[] = TIERS,
): ProviderInForce[] {
  const tiersOf = Map.groupBy(among, (tier) => profiles[tier].provider);
  return [...tiersOf].map(([id, tiers]) => ({ provider: catalogue.provider(id), tiers }));
}

export const lacksKey = ({ keyVariable }: ProviderFigures, setting: Setting): boolean =>
  keyVariable !== undefined && setting(keyVariable) === undefined;
