/** `GET /models` of an account, as OpenAI and those who are compatible with it answer it. */
import type { OpenAI } from 'openai';
import { z } from 'zod';
import type { ServedModel } from '../port.ts';
import { toModelFailure } from './failures.ts';
import { notUnderstood } from './response.ts';

const ModelListSchema = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), shutdown_date: z.iso.date().nullish().catch(undefined) })),
  /** There are more pages than this one. */
  has_more: z.boolean().nullish(),
});

export async function listModels(client: OpenAI, signal: AbortSignal): Promise<ServedModel[] | null> {
  const subject = `the list of models at ${new URL(client.baseURL).host}`;
  try {
    const answer = await client.get<unknown>('/models', { signal });
    const parsed = ModelListSchema.safeParse(answer);
    if (!parsed.success) throw notUnderstood(answer, subject);
    return parsed.data.has_more ? null : parsed.data.data.map(toServed);
  } catch (error) {
    signal.throwIfAborted();
    if ((error as { status?: number }).status === 404) return null;
    throw toModelFailure(error, subject);
  }
}

/** Gemini lists its models under the names of resources (`models/gemini-…`). */
const toServed = ({ id, shutdown_date: shutdown }: z.infer<typeof ModelListSchema>['data'][number]): ServedModel => ({
  id: id.replace(/^models\//, ''),
  ...(shutdown !== undefined && { shutdown }),
});
