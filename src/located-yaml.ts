/** Files that people write: YAML or JSON, checked against a schema. Every problem is told with the line it stands on. */
import { readFileSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
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
      const node = known.length === 0 ? document.contents : document.getIn(known, true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
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
  if (!parsed.success) throw new InputInvalid(describe(zodProblems(parsed.error)));
  return { value: parsed.data, describe };
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
