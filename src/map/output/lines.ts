/**
 * The lines of a map's files. `OutcomeLine` is what a shard leaves in the store, one for each of its items and in their order; the other two
 * are what people and later subtasks read. Fields are only ever added. Money is in micro-dollars, as wherever the product writes JSON.
 */
import { z } from 'zod';
import { TIERS } from '../../contracts/addresses.ts';
import { DeadSchema, ItemOutcomeSchema } from '../../contracts/map.ts';

export const OutcomeLineSchema = ItemOutcomeSchema.and(z.object({ id: z.string() }));
export type OutcomeLine = z.infer<typeof OutcomeLineSchema>;

const effort = { tier: z.enum(TIERS), attempts: z.int(), costMicros: z.int() };

/** `results.jsonl`: items that have a result, in the order of the input. */
export const ResultLineSchema = z.object({
  id: z.string(),
  result: z.unknown(),
  ...effort,
  confidence: z.number().optional(),
  isReused: z.boolean().optional(),
});
export type ResultLine = z.infer<typeof ResultLineSchema>;

/** `dead-letters.jsonl`: the others, in the order of the input. `at`: the line, or lines, that the item came from. */
export const DeadLetterLineSchema = z.object({ id: z.string(), at: z.string(), ...DeadSchema.shape, ...effort });
export type DeadLetterLine = z.infer<typeof DeadLetterLineSchema>;
