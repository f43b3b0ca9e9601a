/** One of each operation, and items, for tests of what they have in common. */
import { type Item, OperationSchema, type OperationName } from '../../../src/contracts/map.ts';
import type { Operation } from '../../../src/map/operations/operation.ts';
import { operationOf } from '../../../src/map/operations/registry.ts';

export const item = (text: string, change: Partial<Item> = {}): Item => ({ id: 'i', text, at: 'line 2', ...change });

/** With `text` wherever a caller says something. */
const settings = (text: string): Record<OperationName, object> => ({
  classify: { labels: [{ name: 'spam', description: text }, { name: 'ham' }], other: true, instructions: text },
  extract: {
    schema: {
      type: 'object',
      properties: { price: { type: ['number', 'null'], description: text }, name: { type: 'string', minLength: 2 } },
      required: ['price', 'name'],
    },
    instructions: text,
  },
  score: { rubric: text, min: 1, max: 5 },
  rank: { criterion: text },
  route: { handlers: [{ name: 'billing', description: text }, { name: 'sales' }], instructions: text },
  review: { lookFor: text },
});

export const operation = (name: OperationName, text = 'As usual.', threshold?: number): Operation =>
  operationOf(OperationSchema.parse({ name, ...settings(text)[name] }), { threshold });

export const NAMES: OperationName[] = ['classify', 'extract', 'score', 'rank', 'route', 'review'];
