/** The shape of `models.yaml`, and of the file by which a user adds to it. */
import { z } from 'zod';
import { CAPABILITIES } from '../contracts/kinds.ts';
import { EFFORTS } from '../contracts/model.ts';

const usd = z.number().min(0).max(10_000);
const tokens = z.int().min(1);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable is letters, digits and underscores');
const isoDate = z.iso.date();

export const ProviderSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9.-]+$/, 'a provider is named by lower-case letters, digits, dots and hyphens'),
  protocol: z.enum(['responses', 'chat']),
  baseUrl: z.url({ protocol: /^https?$/ }),
  keyVariable: variable.optional().describe('environment variable of its key; none for a server that asks for none'),
  baseUrlVariable: variable.optional().describe('environment variable that names another address'),
});
export type ProviderFigures = z.infer<typeof ProviderSchema>;

/** Published benchmarks by which models are compared. Solve rates of two models say something only on the same one. */
export const BENCHMARKS = ['swe-bench-pro', 'mcp-atlas', 'gpqa', 'osworld-verified'] as const;
export type Benchmark = (typeof BENCHMARKS)[number];

export const ModelSchema = z.strictObject({
  id: z.string().min(1),
  provider: z.string(),
  snapshot: z.string().optional().describe('the dated name by which its answers call it'),
  prices: z
    .strictObject({ input: usd, cachedInput: usd, cacheWrite: usd.optional(), output: usd })
    .describe('US dollars per million tokens'),
  batchFactor: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('price of the batch and flex lanes beside the ordinary one'),
  priorityFactor: z.number().min(1).max(10).optional().describe('price of the priority (fast) lane beside it'),
  quotaFactor: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('flagship tokens that one token counts for in the quota unit; 1 where nothing is said'),
  longContext: z
    .strictObject({ aboveTokens: tokens, inputFactor: z.number().min(1), outputFactor: z.number().min(1) })
    .optional()
    .describe('above so many input tokens the whole request costs more'),
  contextTokens: tokens,
  maxInputTokens: tokens,
  maxOutputTokens: tokens,
  efforts: z.array(z.enum(EFFORTS)).min(1),
  capabilities: z.array(z.enum(CAPABILITIES)),
  solveRates: z
    .partialRecord(z.enum(BENCHMARKS), z.number().positive().max(100))
    .optional()
    .describe('percent of a benchmark that the model solves, as published; read by the report alone'),
  shutdown: isoDate.optional().describe('from this day on the provider no longer serves it'),
  source: z.string().min(1).describe('where the figures were read'),
});
export type ModelFigures = z.infer<typeof ModelSchema>;

export const CatalogueFileSchema = z.strictObject({
  providers: z.array(ProviderSchema).default([]),
  models: z.array(ModelSchema).default([]),
});
export type CatalogueFile = z.infer<typeof CatalogueFileSchema>;
