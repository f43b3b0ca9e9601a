/**
 * TAP (testanything.org), as tape, mocha and node:test write it. tape: an assertion is a result, named after the test that it stands in
 * (`# test`) and its message. node:test: a subtest is a result, and so is the suite around it.
 */
import { indentOf, joined, numbered, type ParsedOutput, plainLines, type SeenTest, type TestStatus } from './parsed.ts';

const RESULT = /^( *)(not )?ok\b(?: +\d+)?(?: +-(?= ))?(?: +(.*))?$/;
const SUBTEST = /^( *)# Subtest: (.*)$/;
const COMMENT = /^# (.*)$/;
const TALLY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) +[\d.]+$/;
const DIRECTIVE = /(?<!\\)# *(skip|todo)\b.*$/i;
const TIME = / # time=[\d.]+m?s$/;
const SUBTEST_INDENT = 4;

export function tap(raw: string): ParsedOutput {
  const lines = withoutDetails(plainLines(raw));
  const seen = lines.some((line) => SUBTEST.test(line)) ? nested(lines) : flat(lines);
  return { tests: numbered(seen), hasUnnamed: false };
}

function flat(lines: string[]): SeenTest[] {
  const seen: SeenTest[] = [];
  let group: string[] = [];
  for (const line of lines) {
    const [, comment] = COMMENT.exec(line) ?? [];
    if (comment !== undefined && !TALLY.test(comment)) group = [comment];
    const result = resultOf(line);
    if (result?.depth === 0) seen.push({ name: joined([...group, result.title]), status: result.status });
  }
  return seen;
}

/** A subtest is announced, then come its own subtests, then its result. */
function nested(lines: string[]): SeenTest[] {
  const seen: SeenTest[] = [];
  let open: string[] = [];
  for (const line of lines) {
    const [, indent, title] = SUBTEST.exec(line) ?? [];
    if (indent !== undefined && title !== undefined)
      open = [...open.slice(0, indent.length / SUBTEST_INDENT), unescaped(title)];
    const result = resultOf(line);
    if (!result) continue;
    seen.push({ name: joined([...open.slice(0, result.depth), result.title]), status: result.status });
  }
  return seen;
}

function resultOf(line: string): { depth: number; title: string; status: TestStatus } | null {
  const [found, indent = '', not, text = ''] = RESULT.exec(line) ?? [];
  if (found === undefined) return null;
  const [, directive] = DIRECTIVE.exec(text) ?? [];
  const title = unescaped(text.replace(DIRECTIVE, '').replace(TIME, '').trim());
  const status = directive !== undefined ? 'skipped' : not === undefined ? 'passed' : 'failed';
  return { depth: Math.floor(indent.length / SUBTEST_INDENT), title: title === '' ? '(no name)' : title, status };
}

const unescaped = (text: string): string => text.replace(/\\([#\\])/g, '$1');

/** YAML blocks hold messages, which may look like results. One that a crash left open ends where less is indented. */
function withoutDetails(lines: string[]): string[] {
  let block: number | null = null;
  return lines.filter((line) => {
    const indent = indentOf(line);
    if (block === null) {
      if (line.trim() === '---' && indent > 0) block = indent;
      return block === null;
    }
    const isEnd = line.trim() === '...' && indent === block;
    const isLeft = line.trim() !== '' && indent < block;
    if (isEnd || isLeft) block = null;
    return isLeft;
  });
}
