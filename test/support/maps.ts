/** Maps on a whole stack: started as objectives of one subtask, and what they left. */
import { join } from 'node:path';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import type { StartOptions } from '../../src/client/prepare.ts';
import type { ItemResult } from '../../src/contracts/map.ts';
import { type MapSummary, MapSummarySchema } from '../../src/contracts/map-summary.ts';
import { readFileSync } from 'node:fs';
import { LABELS, readJsonl } from './items.ts';
import type { Product } from './product.ts';

export type ResultLine = ItemResult & { id: string };

export const CLASSIFY = { name: 'classify', labels: LABELS.map((name) => ({ name })) };

/** A map of these rows by itself. */
export const startMap = (
  { flotilla }: Product,
  file: string,
  { map = {}, options = {} }: { map?: object; options?: Partial<StartOptions> } = {},
): Promise<ObjectiveHandle> =>
  flotilla.start({
    ...{ objective: 'Sort them.', workspace: null, isWithoutAnswer: true },
    plan: {
      subtasks: [
        {
          ...{ id: 'map', kind: 'map', title: 'Sort', operation: CLASSIFY, input: { path: file, goldColumn: 'gold' } },
          ...map,
        },
      ],
    },
    ...options,
  });

const fileOf = ({ home }: Product, { id }: ObjectiveHandle, name: string): string =>
  join(home, 'reports', id, 'map', name);

export const resultsOf = (product: Product, handle: ObjectiveHandle): ResultLine[] =>
  readJsonl(fileOf(product, handle, 'results.jsonl'));

export const summaryOf = (product: Product, handle: ObjectiveHandle): MapSummary =>
  MapSummarySchema.parse(JSON.parse(readFileSync(fileOf(product, handle, 'summary.json'), 'utf8')));
