/**
 * The files that a batch leaves behind, read as they come: they can be larger than memory should hold. What stands in them is parsed, never
 * trusted; a call's line becomes what the same answer over the wire would have become.
 */
import { APIError } from 'openai';
import { z } from 'zod';
import { type AskedCall, type CallOutcome, ProviderFailure } from '../port.ts';
import { billedAs, toModelFailure, typeOfCode } from './failures.ts';
import { parseResponse, toReply } from './response.ts';

const LineSchema = z.looseObject({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.int(), body: z.unknown() }).nullish(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});
type ResultLine = z.infer<typeof LineSchema>;

const LONGEST_LINE = 32_000_000;

/** Skips what is not a line of results; a file that holds nothing else is a page of somebody, and throws. */
export async function* resultLines(file: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ResultLine> {
  let [isEmpty, isUnderstood] = [true, false];
  for await (const text of linesOf(file, name)) {
    if (text.trim() === '') continue;
    isEmpty = false;
    const line = LineSchema.safeParse(jsonOf(text));
    if (!line.success) continue;
    isUnderstood = true;
    yield line.data;
  }
  if (!isEmpty && !isUnderstood) throw unreadable(`${name} hold something else than results`);
}

/** By line feeds alone: a text may hold what other readers take for the end of a line. */
async function* linesOf(file: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let length = 0;
  for await (const bytes of file) {
    const [first = '', ...others] = decoder.decode(bytes, { stream: true }).split('\n');
    pieces.push(first);
    length += first.length;
    for (const other of others) {
      yield pieces.join('');
      pieces = [other];
      length = other.length;
    }
    if (length > LONGEST_LINE) throw unreadable(`${name} have a line of more than ${LONGEST_LINE} characters`);
  }
  yield pieces.join('');
}

/** The provider's word for how these calls are served; what it says in the line itself is `default`. */
const LANE = { serviceTier: 'batch' };

/** What became of a call, by its line. */
export function outcomeOf({ response, error }: ResultLine, asked: AskedCall): CallOutcome {
  const { model } = asked;
  try {
    if (!response?.status_code) throw untold(error ?? {}, model);
    const { status_code: status, body } = response;
    if (status >= 200 && status < 300) return { reply: { ...toReply(parseResponse(body, model), asked), ...LANE } };
    throw APIError.generate(status, body as object, undefined, new Headers());
  } catch (thrown) {
    const failure = toModelFailure(thrown, model);
    const { billed } = failure;
    return { failure: typeof billed === 'object' ? billedAs({ ...billed, ...LANE }, failure) : failure };
  }
}

/** The batch ended before it came to the call; otherwise nobody says what became of it (a status of 0, with nothing beside it, does occur). */
function untold({ code, message }: NonNullable<ResultLine['error']>, model: string): ProviderFailure {
  const told = `${model} gave no answer in the batch (${code ?? 'no code'}): ${message ?? 'no reason given'}`;
  if (code == null) return new ProviderFailure('ModelUnavailable', told, 'unknown');
  return new ProviderFailure(typeOfCode(code), told, code.startsWith('batch_') ? 'no' : 'unknown');
}

/** What it is about stays to be asked about. */
const unreadable = (what: string): ProviderFailure => new ProviderFailure('ModelNotUnderstood', `${what}.`, 'pending');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
