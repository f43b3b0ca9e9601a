/** Tier → model, effort and limits. Data, overridable by a file; the client resolves it once and hands it to the Workflow. */
import { z } from 'zod';
import { type Catalogue, loadCatalogue, type ModelFigures } from './catalogue/catalogue.ts';
import type { Config } from './config.ts';
import { type Tier, TIERS } from './contracts/addresses.ts';
import { type TierProfile, TierProfileSchema } from './contracts/model.ts';
import type { PlanProblem } from './contracts/parse-plan.ts';
import { InputInvalid, readLocated } from './located-yaml.ts';

/** What a person sets; the rest follows from the catalogue. */
const TierSettingsSchema = TierProfileSchema.omit({ provider: true, capabilities: true });
type TierSettings = z.infer<typeof TierSettingsSchema>;

/** The models default to effort `none`, so it is stated. Nano answers at once: a stored response would cost a poll each. */
const DEFAULT_TIERS: Record<Tier, TierSettings> = {
  manager: { model: 'gpt-5.4', effort: 'medium', maxOutputTokens: 32_000, background: true },
  mini: { model: 'gpt-5.4-mini', effort: 'medium', maxOutputTokens: 16_000, background: true },
  nano: { model: 'gpt-5.4-nano', effort: 'low', maxOutputTokens: 4_000, background: false },
};

/** The file that FLOTILLA_TIERS names. */
export const TiersFileSchema = z.partialRecord(z.enum(TIERS), TierSettingsSchema.partial());
type GivenSettings = { [Setting in keyof TierSettings]?: TierSettings[Setting] };

/** The catalogue and the profiles in force, by the files that the environment names. Throws `InputInvalid` with lines. */
export function loadFleet({ modelsFile, tiersFile }: Pick<Config, 'modelsFile' | 'tiersFile'>): {
  catalogue: Catalogue;
  tiers: Record<Tier, TierProfile>;
} {
  const catalogue = loadCatalogue(modelsFile);
  return { catalogue, tiers: loadTiers(catalogue, tiersFile) };
}

/** The profiles in force: the defaults, with those of a YAML or JSON file laid over them. Throws `InputInvalid` with lines. */
export function loadTiers(catalogue: Catalogue, file?: string): Record<Tier, TierProfile> {
  const own = file === undefined ? null : readLocated(file, TiersFileSchema, 'tiers');
  const resolved = TIERS.map((tier) => [tier, resolve(catalogue, tier, given(own?.value[tier]))] as const);
  const problems = resolved.flatMap(([, result]) => ('problem' in result ? [result.problem] : []));
  if (problems.length > 0) {
    throw new InputInvalid(own ? own.describe(problems) : problems.map(({ message }) => message).join('\n'));
  }
  return Object.fromEntries(resolved) as Record<Tier, TierProfile>;
}

function resolve(catalogue: Catalogue, tier: Tier, own: GivenSettings): TierProfile | { problem: PlanProblem } {
  const problem = (setting: keyof TierSettings, message: string) => ({
    problem: { path: [tier, ...(setting in own ? [setting] : [])], message },
  });
  const { model } = { ...DEFAULT_TIERS[tier], ...own };
  const figures = catalogue.figuresOf(model);
  if (!figures)
    return problem('model', `no price is known for the model "${model}"; add a row for it (FLOTILLA_MODELS)`);
  const settings = { ...fitted(DEFAULT_TIERS[tier], figures), ...own };
  const { efforts, capabilities, maxOutputTokens, provider } = figures;
  if (!efforts.includes(settings.effort))
    return problem('effort', `${model} has no effort "${settings.effort}"; it has: ${efforts.join(', ')}`);
  if (settings.background && !capabilities.includes('background'))
    return problem('background', `${provider} can't run ${model} in the background`);
  if (settings.maxOutputTokens > maxOutputTokens)
    return problem('maxOutputTokens', `${model} writes ${maxOutputTokens} tokens at most`);
  return TierProfileSchema.parse({ ...settings, provider, capabilities });
}

/** What is not said is not said: no property with nothing in it. */
const given = (settings: object = {}): GivenSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

/** The defaults of a tier were chosen for another model: what this one can't do is left out. */
function fitted(defaults: TierSettings, { efforts, capabilities, maxOutputTokens }: ModelFigures): TierSettings {
  return {
    ...defaults,
    effort: efforts.includes(defaults.effort) ? defaults.effort : (efforts[0] ?? 'none'),
    background: defaults.background && capabilities.includes('background'),
    maxOutputTokens: Math.min(defaults.maxOutputTokens, maxOutputTokens),
  };
}
