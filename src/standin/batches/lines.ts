/** The lines of a batch's input, checked as the provider checks them before it begins: one problem and nothing is done. */
import { z } from 'zod';
import type { Models } from '../models.ts';
import type { LineProblem } from './batch.ts';

const LineSchema = z.looseObject({
  custom_id: z.string().min(1),
  method: z.literal('POST'),
  url: z.string(),
  body: z.looseObject({ model: z.string() }),
});
export type BatchLine = z.infer<typeof LineSchema>;

const MOST_LINES = 50_000;
const MOST_PROBLEMS = 100;

export interface ParsedLines {
  lines: BatchLine[];
  problems: LineProblem[];
}

export function parseLines(text: string, endpoint: string, models: Models): ParsedLines {
  const written = text.split('\n').filter((line) => line.trim() !== '');
  if (written.length === 0) return { lines: [], problems: [problem('empty_file', null, 'The input file is empty.')] };
  if (written.length > MOST_LINES) {
    const message = `The batch has ${written.length} requests; at most ${MOST_LINES} are allowed.`;
    return { lines: [], problems: [problem('too_many_tasks', null, message)] };
  }
  const lines: BatchLine[] = [];
  const problems: LineProblem[] = [];
  const seen = new Set<string>();
  for (const [index, line] of written.entries()) {
    const parsed = parseLine(line, index + 1, endpoint);
    if (isProblem(parsed)) problems.push(parsed);
    else if (seen.has(parsed.custom_id)) {
      problems.push(
        problem('duplicate_custom_id', index + 1, `The custom_id "${parsed.custom_id}" was used before.`, 'custom_id'),
      );
    } else {
      seen.add(parsed.custom_id);
      lines.push(parsed);
    }
  }
  return { lines, problems: [...problems, ...modelProblems(lines, models)].slice(0, MOST_PROBLEMS) };
}

function parseLine(text: string, line: number, endpoint: string): BatchLine | LineProblem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem('invalid_json_line', line, 'This line is not parseable as valid JSON.');
  }
  const parsed = LineSchema.safeParse(value);
  if (!parsed.success) {
    const param = parsed.error.issues[0]?.path.join('.') ?? null;
    return problem('invalid_request', line, `"${param}" is missing or is not what it has to be.`, param);
  }
  if (parsed.data.url === endpoint) return parsed.data;
  return problem('invalid_url', line, `The URL is not the batch's endpoint, ${endpoint}.`, 'url');
}

function modelProblems(lines: BatchLine[], models: Models): LineProblem[] {
  const [first, ...others] = new Set(lines.map(({ body }) => body.model));
  if (first === undefined) return [];
  if (others.length > 0)
    return [problem('mismatched_model', null, 'All requests of a batch are for one model.', 'body.model')];
  if (models.find(first)) return [];
  return [problem('model_not_found', null, `The model '${first}' does not exist.`, 'body.model')];
}

export const problem = (
  code: string,
  line: number | null,
  message: string,
  param: string | null = null,
): LineProblem => ({
  ...{ code, line, param },
  message: `[stand-in] ${message}`,
});

const isProblem = (parsed: BatchLine | LineProblem): parsed is LineProblem => !('custom_id' in parsed);
