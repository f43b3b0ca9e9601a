/** Files that people write: YAML or JSON, checked against a schema. Every problem is told with the line it stands on. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, type Range } from 'yaml';
import type { z } from 'zod';
import { type PlanProblem, problemText, zodProblems } from './contracts/parse-plan.ts';

/** What a user wrote can't be used. The message lists every problem. */
export class InputInvalid extends Error {
  override readonly name = 'InputInvalid';
}

export interface Located<Value> {
  value: Value;
  /** The problems of later checks, with the file's lines. */
  describe: (problems: PlanProblem[]) => string;
}

const MOST_PROBLEMS = 30;

/** Throws `InputInvalid`; `what` names the file in messages (`plan`). */
export function readLocated<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  what: string,
): Located<z.infer<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(textOf(file, what), { lineCounter: lines, prettyErrors: true });
  const refuse = (messages: string[]): never => {
    const listed = messages.map((message) => `  ${message}`);
    throw new InputInvalid([`The ${what} file ${file} is not valid YAML or JSON:`, ...listed].join('\n'));
  };
  if (document.errors.length > 0) refuse(document.errors.map(({ message }) => message));
  const lineOf = (path: PlanProblem['path']): number | null => {
    for (let known = path; ; known = known.slice(0, -1)) {
      const range = placeOf(document, known);
      if (range) return lines.linePos(range[0]).line;
      if (known.length === 0) return null;
    }
  };
  const describe = (problems: PlanProblem[]): string => {
    const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => {
      const line = lineOf(problem.path);
      return `  ${line === null ? '' : `line ${line}: `}${problemText(problem)}`;
    });
    const more = problems.length > MOST_PROBLEMS ? [`  … and ${problems.length - MOST_PROBLEMS} more`] : [];
    return [`The ${what} file ${file} is not valid:`, ...shown, ...more].join('\n');
  };
  const parsed = schema.safeParse(valueOf(document, refuse));
  if (!parsed.success) throw new InputInvalid(describe(problemsOf(parsed.error)));
  return { value: parsed.data, describe };
}

/** Each unknown key stands at a line of its own. */
const problemsOf = (error: z.ZodError): PlanProblem[] =>
  zodProblems(error).flatMap((problem, index) => {
    const issue = error.issues[index];
    if (issue?.code !== 'unrecognized_keys') return [problem];
    return issue.keys.map((key) => ({ path: [...problem.path, key], message: `Unrecognized key: "${key}"` }));
  });

/** Of the key, where there is one: what it holds may begin further down. */
function placeOf(document: Document.Parsed, path: PlanProblem['path']): Range | null | undefined {
  if (path.length === 0) return document.contents?.range;
  const holder = document.getIn(path.slice(0, -1), true);
  if (!isMap(holder)) return (document.getIn(path, true) as Node | undefined)?.range;
  const keys = holder.items.map(({ key }) => key).filter(isScalar);
  return keys.find(({ value }) => String(value) === String(path.at(-1)))?.range;
}

function textOf(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputInvalid(`The ${what} file ${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Aliases are resolved only here: one to nothing, or too many, throw. */
function valueOf(document: Document.Parsed, refuse: (messages: string[]) => never): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return refuse([(error as Error).message]);
  }
}
