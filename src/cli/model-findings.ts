/** What `flotilla doctor` says of models: keys, what the account may use, and what is shut down soon. Each provider of the tiers is asked once. */
import {
  addressOf,
  lacksKey,
  type ProviderInForce,
  providersInForce,
  type Setting,
  shownAddress,
} from '../catalogue/access.ts';
import { isSameModel, type ModelFigures } from '../catalogue/catalogue.ts';
import type { Config } from '../config.ts';
import { type Tier, TIERS } from '../contracts/addresses.ts';
import type { TierProfile } from '../contracts/model.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { ServedModel } from '../model/port.ts';
import { Providers } from '../model/providers.ts';
import { loadFleet } from '../tiers.ts';
import { isPlayed } from './model-access.ts';
import { type Finding, ok, warning } from './finding.ts';

const SOON_MS = 90 * 86_400_000;
const ANSWER_MS = 5_000;

/** What a provider says of its models; null in `served`: it keeps no list. */
type Told = { served: ServedModel[] | null } | { problem: string };

/** `standIn`: the stack of the home answers with one. */
export async function modelFindings(config: Config, nowMs: number, standIn: boolean): Promise<Finding[]> {
  try {
    const { catalogue, tiers } = loadFleet(config);
    const inForce = providersInForce(catalogue, tiers);
    const providers = new Providers(catalogue, config.setting);
    const asked = inForce.filter(({ provider }) => !lacksKey(provider, config.setting));
    const told = new Map(
      await Promise.all(
        asked.map(async (each) => [each.provider.id, await ask(providers, each, config.setting)] as const),
      ),
    );
    return [
      ...TIERS.map((tier) => {
        const profile = tiers[tier];
        return tierFinding(tier, profile, catalogue.figuresOf(profile.model), told.get(profile.provider), nowMs);
      }),
      ...inForce.flatMap((each) => keyFinding(each, config.setting, standIn && isPlayed(each))),
      ...asked.map(({ provider }) =>
        providerFinding(
          provider.id,
          shownAddress(addressOf(provider, config.setting)),
          told.get(provider.id) ?? { served: null },
        ),
      ),
    ];
  } catch (error) {
    const help = 'Correct the file that FLOTILLA_TIERS or FLOTILLA_MODELS names.';
    return [{ name: 'tiers', status: 'failed', detail: (error as Error).message, help }];
  }
}

async function ask(providers: Providers, { provider }: ProviderInForce, setting: Setting): Promise<Told> {
  const deadline = AbortSignal.timeout(ANSWER_MS);
  try {
    return { served: await providers.of(provider.id).models(deadline) };
  } catch (error) {
    if (deadline.aborted) return { problem: `no answer within ${ANSWER_MS / 1000} seconds` };
    if (!(error instanceof TypedFailure)) throw error;
    const key = provider.keyVariable === undefined ? undefined : setting(provider.keyVariable);
    // What a provider says of a key may quote it.
    if (error.type === 'ModelAccessDenied')
      return {
        problem: `it refuses ${key === undefined ? 'to answer without a key' : `the key of ${provider.keyVariable}`}`,
      };
    return { problem: key === undefined ? error.message : error.message.replaceAll(key, '…') };
  }
}

/** What the provider says of a model wins over what the catalogue says. */
export function tierFinding(
  tier: Tier,
  { model, effort, provider }: TierProfile,
  figures: Pick<ModelFigures, 'shutdown'> | undefined,
  told: Told | undefined,
  nowMs: number,
): Finding {
  const name = `tier ${tier}`;
  const served = told && 'served' in told ? told.served : null;
  const row = served?.find(({ id }) => id === model) ?? served?.find(({ id }) => isSameModel(model, id));
  if (served && !row) {
    const help = 'Name another model in a tiers file (FLOTILLA_TIERS), or ask the provider for access.';
    return warning(name, `${model} is not among the models that ${provider} lists for this account`, help);
  }
  const shutdown = row?.shutdown === undefined ? figures?.shutdown : row.shutdown;
  if (shutdown == null || Date.parse(shutdown) - nowMs >= SOON_MS) return ok(name, `${model}, effort ${effort}`);
  return warning(name, `${model} is shut down on ${shutdown}`, 'Name a successor in a tiers file (FLOTILLA_TIERS).');
}

function keyFinding({ provider, tiers }: ProviderInForce, setting: Setting, isPlayedNow: boolean): Finding[] {
  const { keyVariable, id } = provider;
  if (keyVariable === undefined) return [];
  const uses = `provider ${id}, ${tiers.length === 1 ? 'tier' : 'tiers'} ${tiers.join(', ')}`;
  if (!lacksKey(provider, setting)) return [ok('model key', `${keyVariable} is set (${uses})`)];
  if (isPlayedNow) {
    return [
      ok(
        'model key',
        `${keyVariable} is not set (${uses}), and not needed: the stack of the home answers with the stand-in`,
      ),
    ];
  }
  return [
    warning('model key', `${keyVariable} is not set (${uses})`, 'Set it, or work with `flotilla up --stand-in`.'),
  ];
}

function providerFinding(id: string, address: string, told: Told): Finding {
  const name = `provider ${id}`;
  if ('problem' in told) {
    const help = 'Which models the account may use could not be asked; see that the address and the key are right.';
    return warning(name, `${address}: ${told.problem}`, help);
  }
  const models =
    told.served === null ? 'lists no models, so they are not checked' : `lists ${told.served.length} models`;
  return ok(name, `${address} ${models}`);
}
