/**
 * What a script file may say: rules, of which the first that fits a request decides, and how the stand-in is set up. What is left to chance
 * follows from the seed and the call, not from the order in which requests come, so a run can be had again.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { ModelLimitsSchema } from '../limits/rate-limits.ts';
import { roleOf } from '../mind.ts';
import { type Incoming, type Reaction, ReactionSchema, type Script } from '../reaction.ts';

const NthSchema = z.union([z.int().min(1), z.array(z.int().min(1)).min(1)]);

const WhenSchema = z.strictObject({
  model: z.string().optional().describe('`*` stands for any characters'),
  role: z
    .string()
    .optional()
    .describe('the name of the answer format, or `agent` for a request with a tool `finish`, or `ask` for a question'),
  callKey: z.string().optional().describe('`*` stands for any characters'),
  serviceTier: z.string().optional(),
  nth: NthSchema.optional().describe('of the requests that fit the rest of this rule, counted from 1'),
  try: NthSchema.optional().describe('how often this call key has come, counted from 1'),
  probability: z.number().min(0).max(1).optional(),
});
type When = z.infer<typeof WhenSchema>;

const RuleSchema = z.strictObject({
  when: WhenSchema.default({}),
  react: ReactionSchema,
});

export const ScriptFileSchema = z.strictObject({
  seed: z.int().default(1),
  rules: z.array(RuleSchema).default([]),
  limits: z.record(z.string(), ModelLimitsSchema).default({}).describe('by model; none where it is left out'),
  apiKey: z.string().optional().describe('the one key that is taken; any where it is left out'),
  batches: z
    .strictObject({
      validatingMs: z.number().min(0).optional(),
      takesMs: z.number().min(0).optional(),
      finalizingMs: z.number().min(0).optional(),
      queueTokens: z.record(z.string(), z.int().min(1)).optional().describe('by model, how many may wait at once'),
    })
    .default({}),
});
export type ScriptFile = z.infer<typeof ScriptFileSchema>;

export function scriptOf({ seed, rules }: Pick<ScriptFile, 'seed' | 'rules'>): Script {
  const compiled = rules.map(({ when, react }, index) => ({ fits: fitting(when, `${seed}/${index}`), react }));
  return (incoming): Reaction | null => compiled.find(({ fits }) => fits(incoming))?.react ?? null;
}

function fitting(when: When, seed: string): (incoming: Incoming) => boolean {
  let fitted = 0;
  const model = glob(when.model);
  const callKey = glob(when.callKey);
  return (incoming) => {
    const { request } = incoming;
    const isOf =
      model.test(request.model) &&
      callKey.test(incoming.callKey) &&
      (when.role === undefined || when.role === roleOf(request)) &&
      (when.serviceTier === undefined || when.serviceTier === request.service_tier) &&
      isAmong(incoming.before + 1, when.try);
    if (!isOf) return false;
    fitted += 1;
    const call = incoming.callKey === '' ? String(fitted) : `${incoming.callKey}/${incoming.before}`;
    return isAmong(fitted, when.nth) && chance(`${seed}/${call}`) < (when.probability ?? 1);
  };
}

const isAmong = (n: number, wanted: number | number[] | undefined): boolean =>
  wanted === undefined || (Array.isArray(wanted) ? wanted.includes(n) : wanted === n);

/** From 0 up to 1, the same for the same text. */
const chance = (text: string): number => Number.parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32;

/** A pattern in which `*` stands for any characters. */
function glob(pattern = '*'): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
