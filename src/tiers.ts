/** Tier → model, effort and limits. Data, overridable by a file; the client reads it and hands it to the Workflow. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { figuresOf } from './catalogue.ts';
import { ConfigError } from './config.ts';
import { type Tier, TIERS } from './contracts/addresses.ts';
import { type TierProfile, TierProfileSchema } from './contracts/model.ts';
import { problemText, zodProblems } from './contracts/parse-plan.ts';

/** The models default to effort `none`, so it is stated. Nano answers at once: a stored response would cost a poll each. */
const DEFAULT_TIERS: Record<Tier, TierProfile> = {
  manager: { model: 'gpt-5.4', effort: 'medium', maxOutputTokens: 32_000, background: true },
  mini: { model: 'gpt-5.4-mini', effort: 'medium', maxOutputTokens: 16_000, background: true },
  nano: { model: 'gpt-5.4-nano', effort: 'low', maxOutputTokens: 4_000, background: false },
};

const TiersFileSchema = z.partialRecord(z.enum(TIERS), TierProfileSchema.partial());

/** The profiles in force: the defaults, with those of a YAML or JSON file laid over them. */
export function loadTiers(file?: string): Record<Tier, TierProfile> {
  if (file === undefined) return DEFAULT_TIERS;
  const parsed = TiersFileSchema.safeParse(readYaml(file));
  if (!parsed.success) {
    const problems = zodProblems(parsed.error).map(problemText).join('; ');
    throw new ConfigError(`The tiers file ${file} (FLOTILLA_TIERS) is not valid: ${problems}`);
  }
  const tiers = { ...DEFAULT_TIERS };
  for (const tier of TIERS) {
    tiers[tier] = TierProfileSchema.parse({ ...tiers[tier], ...parsed.data[tier] });
    if (!figuresOf(tiers[tier].model)) {
      throw new ConfigError(
        `The tiers file ${file} (FLOTILLA_TIERS) gives tier ${tier} the model "${tiers[tier].model}", whose price is not known.`,
      );
    }
  }
  return tiers;
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`The tiers file ${file} (FLOTILLA_TIERS) can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
