/** Calls as the file of a batch: one line each, with the bytes that stand in the journal. */
import { ProviderFailure, type BatchedWire } from '../port.ts';

const MOST_CALLS = 50_000;
const MOST_BYTES = 200_000_000;
export const BATCH_ENDPOINT = '/v1/responses';

/** Throws `ModelRequestRejected` where the provider would refuse the file as a whole, a day later perhaps. */
export function batchFile(calls: readonly BatchedWire[]): File {
  const problem = problemOf(calls);
  if (problem !== null) throw refused(problem);
  const lines = calls.map(lineOf);
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  if (bytes > MOST_BYTES) throw refused(`its ${calls.length} calls have ${bytes} bytes, of ${MOST_BYTES} at most`);
  return new File(lines, 'calls.jsonl', { type: 'application/jsonl' });
}

function problemOf(calls: readonly BatchedWire[]): string | null {
  const [model, another] = new Set(calls.map(({ request }) => request.model));
  if (model === undefined) return 'it has no calls';
  if (another !== undefined) return `it is for one model, not for both "${model}" and "${another}"`;
  if (calls.length > MOST_CALLS) return `it has ${calls.length} calls, of ${MOST_CALLS} at most`;
  if (new Set(calls.map(({ request }) => request.callKey)).size < calls.length) return 'two of its calls have one key';
  if (calls.some(({ request }) => request.background)) return "a call in the background can't be part of one";
  return null;
}

const lineOf = ({ request: { callKey }, body }: BatchedWire): string =>
  `{"custom_id":${JSON.stringify(callKey)},"method":"POST","url":"${BATCH_ENDPOINT}","body":${body}}\n`;

const refused = (problem: string): ProviderFailure =>
  new ProviderFailure('ModelRequestRejected', `The batch can't be submitted: ${problem}.`, 'no');
