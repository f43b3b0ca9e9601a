/**
 * What a parser makes of the raw output of a test runner: named results. Names of nested suites are joined with ` > `, in the runner's own order.
 * Contract of every parser: never throws, whatever the bytes; what was seen before a crash is kept; cost grows linearly with the output.
 */
import { stripVTControlCharacters } from 'node:util';

export type TestStatus = 'passed' | 'failed' | 'skipped';

export interface NamedTest {
  name: string;
  status: TestStatus;
}

export interface ParsedOutput {
  tests: NamedTest[];
  /** The reporter told of tests that it did not name: these can't be judged. */
  hasUnnamed: boolean;
}

export interface SeenTest extends NamedTest {
  /** Files that run side by side end in any order: of results with the same name, those of the first file are numbered first. */
  file?: string;
}

const SEPARATOR = ' > ';

/** No line of a reporter is longer; one that is holds data, and is slow to look at. */
const LONGEST_LINE = 10_000;

export const joined = (names: string[]): string => names.map((name) => name.trim()).join(SEPARATOR);

/** Without colours and line ends. */
export const plainLines = (raw: string): string[] =>
  stripVTControlCharacters(raw)
    .split(/\r*\n/)
    .filter((line) => line.length <= LONGEST_LINE);

export const indentOf = (line: string): number => line.length - line.trimStart().length;

/** The second result of a name is `name #2`, and so forth; no two results share a name. */
export function numbered(seen: SeenTest[]): NamedTest[] {
  const names = new Map<SeenTest, string>();
  const taken = new Set(seen.map(({ name }) => name));
  for (const same of Map.groupBy(seen, ({ name }) => name).values()) {
    let number = 1;
    for (const test of same.toSorted((a, b) => compare(a.file ?? '', b.file ?? ''))) {
      while (number > 1 && taken.has(`${test.name} #${number}`)) number += 1;
      const name = number === 1 ? test.name : `${test.name} #${number}`;
      taken.add(name);
      names.set(test, name);
      number += 1;
    }
  }
  return seen.map((test) => ({ name: names.get(test) ?? test.name, status: test.status }));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const MOST_TRIES = 20;

/** The first JSON object in the output that `isIt` takes: a line of its own, or from a line `{` to a line `}`. */
export function jsonIn(raw: string, isIt: (value: object) => boolean): object | null {
  const end = raw.lastIndexOf('}') + 1;
  let tries = 0;
  for (let at = nextObject(raw, 0); at !== -1 && tries < MOST_TRIES; at = nextObject(raw, at + 1)) {
    tries += 1;
    const lineEnd = raw.indexOf('\n', at);
    for (const text of [raw.slice(at, lineEnd === -1 ? raw.length : lineEnd), raw.slice(at, end)]) {
      const value = parsed(text);
      if (value && isIt(value)) return value;
    }
  }
  return null;
}

function nextObject(raw: string, from: number): number {
  if (from === 0 && raw.startsWith('{')) return 0;
  const before = raw.indexOf('\n{', Math.max(from - 1, 0));
  return before === -1 ? -1 : before + 1;
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
