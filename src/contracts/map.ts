/**
 * A map: one operation over every item of an input, a subtask of its own. `MapSchema` is what a caller or a plan says;
 * `ItemSchema`, `ItemsManifestSchema` and `ItemOutcomeSchema` are what lies in the store. A position counts items from 0, over the whole map.
 */
import { z } from 'zod';
import { TIERS } from './addresses.ts';

const words = (most: number) => z.string().trim().min(1).max(most);
const named = { name: words(200), description: words(1000).optional() };

/** JSON Schema within the strict subset; which it is not is told by the operation. */
const JsonSchemaSchema = z.record(z.string(), z.unknown());

/** What is done with each item. Rules beyond the form (distinct labels, a fitting schema) are the operation's own. */
export const OperationSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('classify'),
    labels: z.array(z.strictObject(named)).describe('closed: the answer is one of them'),
    other: z.boolean().default(false).describe('may an item belong to none of the labels?'),
    instructions: words(8000).optional(),
  }),
  z.strictObject({
    name: z.literal('extract'),
    schema: JsonSchemaSchema.describe('of what is taken out of one item'),
    instructions: words(8000).optional(),
  }),
  z.strictObject({
    name: z.literal('score'),
    rubric: words(8000),
    min: z.number().default(0),
    max: z.number().default(10),
  }),
  z.strictObject({
    name: z.literal('rank'),
    criterion: words(8000).describe('what makes an item stand before another'),
    comparisons: z.number().min(0).max(20).default(2).describe('pairs compared at most, for each item'),
  }),
  z.strictObject({
    name: z.literal('route'),
    handlers: z.array(z.strictObject(named)).describe('one of them takes the item'),
    instructions: words(8000).optional(),
  }),
  z.strictObject({ name: z.literal('review'), lookFor: words(8000) }),
]);
export const OPERATION_NAMES = ['classify', 'extract', 'score', 'rank', 'route', 'review'] as const;
export type OperationSettings = z.infer<typeof OperationSchema>;
export type OperationName = OperationSettings['name'];

export const FORMATS = ['jsonl', 'csv', 'tsv', 'files'] as const;

/** Where items come from: a table, or text files by folder or glob. */
export const MapInputSchema = z.strictObject({
  path: words(4000).describe('a file, a folder or a glob; relative to the workspace'),
  format: z.enum(FORMATS).optional().describe('told from the name otherwise'),
  header: z
    .boolean()
    .optional()
    .describe('of a CSV or TSV; false: its first row is an item, its columns are "1", "2", …'),
  textColumn: words(200).optional().describe('default: the only column, or "text"'),
  idColumn: words(200).optional().describe('default: "id" where there is one, else the position'),
  goldColumn: words(200).optional().describe('the right answer, to be measured against'),
});
export type MapInput = z.infer<typeof MapInputSchema>;

/** `auto` is one of the others, once it is known how much is to be done. */
export const LANES = ['live', 'batch', 'auto'] as const;
export type MapLane = Exclude<(typeof LANES)[number], 'auto'>;

export const MapSchema = z.strictObject({
  operation: OperationSchema,
  input: MapInputSchema,
  threshold: z.number().min(0).max(1).optional().describe('confidence below which an item goes a tier up'),
  pack: z.int().min(1).max(50).default(1).describe('items in one call'),
  lane: z
    .enum(LANES)
    .default('live')
    .describe('batch: half the price, within a day; auto: batch, where there is time for it and it saves a cent'),
  deadlineHours: z.number().positive().max(100_000).optional().describe('for the lane `auto`: when it is needed'),
  reuse: z.boolean().default(true).describe('takes results that earlier maps have paid for'),
});
export type MapSpec = z.infer<typeof MapSchema>;

/** One input, frozen. `at` says where it came from, for people: a line of a table, lines of a file. */
export const ItemSchema = z.object({
  id: z.string(),
  text: z.string(),
  at: z.string(),
  gold: z.string().optional(),
  /** A piece of a text file, for `review`: its lines begin at `startLine`. */
  file: z.object({ path: z.string(), startLine: z.int(), lines: z.int() }).optional(),
  /** The position of an earlier item with the very same text: they share its call. */
  sameAs: z.int().optional(),
});
export type Item = z.infer<typeof ItemSchema>;

/** A run of items in one object of the store, a line of JSON each. */
export const ShardSchema = z.object({ ref: z.string(), start: z.int(), count: z.int() });
export type Shard = z.infer<typeof ShardSchema>;

/** What was read of a text file: `review` proves with it that all of it was seen. */
export const CoveredFileSchema = z.object({ path: z.string(), lines: z.int(), chunks: z.int(), bytes: z.int() });

/** Everything that a map is over, frozen. */
export const ItemsManifestSchema = z.object({
  version: z.literal(1),
  source: z.object({ path: z.string(), format: z.enum(FORMATS), digest: z.string(), bytes: z.int() }),
  items: z.int(),
  hasGold: z.boolean(),
  shards: z.array(ShardSchema),
  files: z.array(CoveredFileSchema),
  /** Files in scope that hold no text to read, and why. */
  leftOut: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type ItemsManifest = z.infer<typeof ItemsManifestSchema>;

/** Why an item has no result. */
export const DeadSchema = z.object({
  type: z.string(),
  reason: z.string(),
  /** The last answer, where there was one that could be read. */
  last: z.unknown().optional(),
});

const outcome = {
  tier: z.enum(TIERS),
  /** Calls that were made for it, on all tiers. */
  attempts: z.int(),
  /** Its share of what the calls cost. */
  costMicros: z.int(),
  confidence: z.number().min(0).max(1).optional(),
  /** Known from an earlier map: nothing was paid. */
  isReused: z.boolean().optional(),
};

/** How one item ended. */
export const ItemOutcomeSchema = z.union([
  z.object({ ...outcome, result: z.unknown() }),
  z.object({ ...outcome, dead: DeadSchema }),
]);
export type ItemOutcome = z.infer<typeof ItemOutcomeSchema>;
export type ItemResult = Extract<ItemOutcome, { result: unknown }>;
export type DeadLetter = Extract<ItemOutcome, { dead: unknown }>;

/** What a map leaves, in the store. `items` names what it was over. */
export const MapDocumentsSchema = z.object({
  items: z.string(),
  results: z.string(),
  deadLetters: z.string(),
  csv: z.string(),
});
export type MapDocuments = z.infer<typeof MapDocumentsSchema>;
