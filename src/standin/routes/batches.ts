/** `/v1/batches`: create, get, list, cancel. */
import { z } from 'zod';
import { ENDPOINTS } from '../batches/answer-line.ts';
import { shown } from '../batches/batch.ts';
import type { Batches } from '../batches/batches.ts';
import type { Files } from '../batches/files.ts';
import { invalid } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { page } from '../http/page.ts';
import { route, type Route } from '../http/router.ts';
import { asObject, checkKnown, checkShape } from '../validation/shape.ts';
import { checkMetadata, unknownValue } from '../validation/settings.ts';

const NewBatchSchema = z.looseObject({
  input_file_id: z.string(),
  endpoint: z.string(),
  completion_window: z.string(),
  metadata: z.record(z.string(), z.string()).nullish(),
  output_expires_after: z
    .object({ anchor: z.literal('created_at'), seconds: z.int().min(3_600).max(2_592_000) })
    .nullish(),
});

const KNOWN = new Set(Object.keys(NewBatchSchema.shape));
const WINDOW = '24h';

export function batchRoutes(batches: Batches, files: Files): Route[] {
  async function create(exchange: Exchange): Promise<void> {
    const fields = asObject(await exchange.body());
    checkKnown(fields, KNOWN);
    const asked = checkShape(NewBatchSchema, fields);
    checkMetadata(asked);
    if (!ENDPOINTS.includes(asked.endpoint)) throw unknownValue('endpoint', asked.endpoint, ENDPOINTS);
    if (asked.completion_window !== WINDOW) throw unknownValue('completion_window', asked.completion_window, [WINDOW]);
    const file = files.get(asked.input_file_id);
    if (file.purpose !== 'batch') throw invalid(null, 'input_file_id', "The file's purpose is not 'batch'.");
    const created = batches.create({
      ...{ endpoint: asked.endpoint, inputFileId: file.id, metadata: asked.metadata ?? null },
      outputExpiresAfterSeconds: asked.output_expires_after?.seconds ?? null,
    });
    exchange.json(shown(created));
  }

  const idOf = ({ params: [id = ''] }: Exchange): string => id;

  return [
    route('POST', '/v1/batches', create),
    route('GET', '/v1/batches', async (exchange) =>
      exchange.json(page((await batches.list()).map(shown), exchange.query)),
    ),
    route('GET', '/v1/batches/:id', async (exchange) => exchange.json(shown(await batches.get(idOf(exchange))))),
    route('POST', '/v1/batches/:id/cancel', async (exchange) =>
      exchange.json(shown(await batches.cancel(idOf(exchange)))),
    ),
  ];
}
