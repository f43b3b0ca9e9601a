/**
 * `jest`: the tree of `--verbose` (also what it prints when it runs a single file) or `--json`. Of several files without either it names
 * failures alone; the others are told by their file.
 */
import { jestJson } from './jest-json.ts';
import { indentOf, joined, numbered, type ParsedOutput, plainLines, type SeenTest, type TestStatus } from './parsed.ts';

const FILE = /^ ?(PASS|FAIL) {1,2}(\S.*?)(?: \([\d.]+ m?s\))?$/;
const TEST = /^( {2,})([✓✕○✎√×]) (.*?)(?: \([\d.]+ ?m?s\))?$/;
const SUITE = /^( {2,})([^\s●].*)$/;
const FAILURE = /^ {2}● (.*)$/;
const STATUSES: Record<string, TestStatus> = { '✓': 'passed', '√': 'passed', '✕': 'failed', '×': 'failed' };
/** Beyond twenty files the failures are told again under this. */
const AGAIN = 'Summary of all failing tests';
const CANT_RUN = 'Test suite failed to run';

/** What follows the line that names a file. */
interface FileSection {
  file: string;
  status: TestStatus;
  suites: string[];
  isInTree: boolean;
  tree: SeenTest[];
  failures: SeenTest[];
}

export function jest(raw: string): ParsedOutput {
  const json = jestJson(raw);
  if (json) return json;
  const sections: FileSection[] = [];
  for (const line of plainLines(raw)) {
    if (line.startsWith(AGAIN)) break;
    const [, verdict, file] = FILE.exec(line) ?? [];
    const section = sections.at(-1);
    if (file !== undefined) sections.push(sectionOf(file, verdict === 'PASS' ? 'passed' : 'failed'));
    else if (section) readLine(section, line);
  }
  const isTreeless = ({ tree }: FileSection): boolean => tree.length === 0;
  const hasUnnamed = sections.some((section) => isTreeless(section) && !couldNotRun(section));
  return { tests: numbered(sections.flatMap(testsOf)), hasUnnamed };
}

const sectionOf = (file: string, status: TestStatus): FileSection => ({
  ...{ file, status, suites: [], isInTree: true, tree: [], failures: [] },
});

function readLine(section: FileSection, line: string): void {
  const [, failing] = FAILURE.exec(line) ?? [];
  if (failing !== undefined) {
    section.isInTree = false;
    if (failing !== 'Console') section.failures.push(failureOf(failing, section.file));
  } else if (line.trim() === '') {
    section.isInTree &&= section.tree.length === 0;
  } else if (section.isInTree) {
    readTreeLine(section, line);
  }
}

function failureOf(text: string, file: string): SeenTest {
  const name = text === CANT_RUN ? file : joined(text.split(' › '));
  return { name, status: 'failed', file };
}

function readTreeLine(section: FileSection, line: string): void {
  const depth = indentOf(line) / 2 - 1;
  const [, , mark, title] = TEST.exec(line) ?? [];
  if (mark !== undefined && title !== undefined) {
    const status = STATUSES[mark] ?? 'skipped';
    const bare = status === 'skipped' ? title.replace(/^(skipped|todo) /, '') : title;
    section.tree.push({ name: joined([...section.suites.slice(0, depth), bare]), status, file: section.file });
    return;
  }
  const [, , suite] = SUITE.exec(line) ?? [];
  if (suite !== undefined) section.suites = [...section.suites.slice(0, depth), suite];
}

const couldNotRun = ({ file, failures }: FileSection): boolean => failures.some(({ name }) => name === file);

function testsOf(section: FileSection): SeenTest[] {
  const { file, status, tree, failures } = section;
  if (tree.length > 0) return tree;
  return failures.length > 0 ? failures : [{ name: file, status, file }];
}
