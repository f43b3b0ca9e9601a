/**
 * `vitest run`: the lines of `--reporter=verbose`, the default reporter, which names the tests of failed files alone, or `--reporter=json`
 * (version 5 writes that into a file unless it is told `--outputFile=/dev/stdout`).
 */
import { jestJson } from './jest-json.ts';
import { joined, numbered, type ParsedOutput, plainLines, type SeenTest, type TestStatus } from './parsed.ts';

const FILE = /^ [✓✔√×❯↓] (?:\|[^|]+\| )?(\S+) +\((\d+) tests?\b.*\)(?: +\d+ ?m?s)?$/;
const VERBOSE = /^ ([✓✔√×↓□]) (?:\|[^|]+\| )?(\S+) > (.*)$/;
const ENTRY = /^( {3,})([✓✔√×❯↓□]) (.*)$/;
const FAILED_FILE = /^ FAIL {1,2}(?:\|[^|]+\| )?(\S+) \[ .* \]$/;
const PRINTED = /^(stdout|stderr) \| /;
const DURATION = / +\d+ ?ms$/;
const CHILDREN = / \(\d+\)$/;

const STATUSES: Record<string, TestStatus> = {
  ...{ '✓': 'passed', '✔': 'passed', '√': 'passed', '×': 'failed', '❯': 'failed' },
};

interface Entry {
  depth: number;
  mark: string;
  title: string;
}

/** A file of the default reporter. */
interface FileSection {
  file: string;
  announced: number;
  hasFailed: boolean;
  entries: Entry[];
}

export function vitest(raw: string): ParsedOutput {
  const json = jestJson(raw);
  if (json) return json;
  const verbose: SeenTest[] = [];
  const files: FileSection[] = [];
  const broken: SeenTest[] = [];
  for (const line of withoutPrinted(plainLines(raw))) {
    const [, file, announced] = FILE.exec(line) ?? [];
    if (file !== undefined) {
      const hasFailed = !/^ [✓✔√↓]/.test(line);
      files.push({ file, announced: Number(announced), hasFailed, entries: [] });
      continue;
    }
    const [, mark, named, title] = VERBOSE.exec(line) ?? [];
    if (mark !== undefined && named !== undefined && title !== undefined)
      verbose.push({ name: bare(title), status: statusOf(mark), file: named });
    const [, indent, entryMark, entryTitle] = ENTRY.exec(line) ?? [];
    if (indent !== undefined && entryMark !== undefined && entryTitle !== undefined)
      files.at(-1)?.entries.push({ depth: indent.length, mark: entryMark, title: entryTitle });
    const [, failed] = FAILED_FILE.exec(line) ?? [];
    if (failed !== undefined) broken.push({ name: failed, status: 'failed', file: failed });
  }
  const named = files.map((section) => ({ ...section, tests: testsOf(section) }));
  const hasUnnamed = named.some(({ announced, tests }) => tests.length < announced);
  const told = named.flatMap(({ file, hasFailed, announced, tests }): SeenTest[] => {
    if (tests.length > 0 || announced === 0) return tests;
    return [{ name: file, status: hasFailed ? 'failed' : 'passed', file }];
  });
  return { tests: numbered([...verbose, ...told, ...broken]), hasUnnamed };
}

/** What tests printed stands between a line that says so and an empty one. */
function withoutPrinted(lines: string[]): string[] {
  let isPrinted = false;
  return lines.filter((line) => {
    if (PRINTED.test(line)) isPrinted = true;
    else if (line === '') isPrinted = false;
    return !isPrinted;
  });
}

/** An entry with deeper ones behind it is a suite; older versions write each test with its file and suites in one line. */
function testsOf({ file, entries }: FileSection): SeenTest[] {
  const suites: Entry[] = [];
  const tests: SeenTest[] = [];
  for (const [index, entry] of entries.entries()) {
    while ((suites.at(-1)?.depth ?? 0) >= entry.depth) suites.pop();
    const isSuite = (entries[index + 1]?.depth ?? 0) > entry.depth;
    if (isSuite) {
      suites.push({ ...entry, title: bare(entry.title).replace(CHILDREN, '') });
      continue;
    }
    const title = bare(entry.title);
    const own = title.startsWith(`${file} > `) ? title.slice(file.length + 3) : title;
    const name = joined([...suites.map(({ title }) => title), own]);
    tests.push({ name, status: statusOf(entry.mark), file });
  }
  return tests;
}

const bare = (title: string): string => title.replace(DURATION, '').trim();

const statusOf = (mark: string): TestStatus => STATUSES[mark] ?? 'skipped';
