/** Which keys a stack needs before it starts, and whose models the stand-in plays. A missing key would only show as a pause at the first call. */
import { lacksKey, type ProviderInForce, providersInForce } from '../catalogue/access.ts';
import type { Tier } from '../contracts/addresses.ts';
import { InputInvalid } from '../located-yaml.ts';
import { loadFleet } from '../tiers.ts';
import type { Context } from './context.ts';
import { say } from './terminal.ts';

/** The stand-in takes the place of whoever is found by these. */
const PLAYED = { baseUrlVariable: 'OPENAI_BASE_URL', keyVariable: 'OPENAI_API_KEY' };

export const isPlayed = ({ provider: { baseUrlVariable, keyVariable } }: ProviderInForce): boolean =>
  baseUrlVariable === PLAYED.baseUrlVariable && keyVariable === PLAYED.keyVariable;

/** The providers that workers of these tiers call. */
export function providersOf({ config }: Context, workers: Tier[]): ProviderInForce[] {
  const { catalogue, tiers } = loadFleet(config);
  return providersInForce(catalogue, tiers, workers);
}

/** Throws `InputInvalid` that names every missing key; says which tiers a stand-in does not play. */
export function assertReachable({ config, terminal }: Context, standIn: boolean, inForce: ProviderInForce[]): void {
  const real = standIn ? inForce.filter((each) => !isPlayed(each)) : inForce;
  const missing = real.filter(({ provider }) => lacksKey(provider, config.setting));
  if (missing.length > 0) throw new InputInvalid(missing.map((each) => missingText(each, standIn)).join('\n'));
  if (!standIn) return;
  for (const { provider, tiers } of real) {
    const notice = say`The stand-in does not play the provider "${provider.id}": ${tiersText(tiers)} really calls it, at its price.`;
    terminal.line(terminal.style('yellow', notice));
  }
}

/** The variable of a key that is missing and that a stand-in could do without. */
export const playedKey = (context: Context, workers: Tier[]): string | undefined =>
  providersOf(context, workers)
    .filter(isPlayed)
    .find(({ provider }) => lacksKey(provider, context.config.setting))?.provider.keyVariable;

function missingText(each: ProviderInForce, standIn: boolean): string {
  const { provider, tiers } = each;
  const what = `${provider.keyVariable} is not set: the provider "${provider.id}" of ${tiersText(tiers)} asks for it.`;
  if (isPlayed(each)) {
    return `${what} Set it (and OPENAI_BASE_URL for another address of the same protocol), or add --stand-in to work with the offline stand-in, which follows rules and is not a language model.`;
  }
  const unplayed = standIn ? ' The stand-in plays "openai" alone.' : '';
  return `${what} Set it, or name another model for ${tiers.length === 1 ? 'it' : 'them'} in a tiers file (FLOTILLA_TIERS).${unplayed}`;
}

const tiersText = (tiers: Tier[]): string => `${tiers.length === 1 ? 'the tier' : 'the tiers'} ${tiers.join(', ')}`;
