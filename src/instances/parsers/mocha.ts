/**
 * `mocha`: the tree of its default reporter (`spec`), `-R json`, `-R tap`. The latter two write a test's suites and title as one text without separators.
 * In the tree, a line that a test prints at the indentation of a suite can't be told from one.
 */
import { z } from 'zod';
import {
  indentOf,
  joined,
  jsonIn,
  type NamedTest,
  numbered,
  type ParsedOutput,
  plainLines,
  type SeenTest,
  type TestStatus,
} from './parsed.ts';
import { tap } from './tap.ts';

const TEST = /^( {2,})(✓|✔|√|\d+\)|-) (.*?)(?: \(\d+ms\))?$/;
const SUMMARY = /^ {2}\d+ passing\b/;

export function mocha(raw: string): ParsedOutput {
  return { tests: json(raw) ?? moreOf(spec(raw), tap(raw).tests), hasUnnamed: false };
}

/** What tests print may look like a line of the other reporter; the results of this one are more. */
const moreOf = (a: NamedTest[], b: NamedTest[]): NamedTest[] => (b.length > a.length ? b : a);

function spec(raw: string): NamedTest[] {
  const seen: SeenTest[] = [];
  let suites: string[] = [];
  let isInTree = true;
  for (const line of plainLines(raw)) {
    const depth = Math.floor(indentOf(line) / 2) - 1;
    const [, , mark, title] = TEST.exec(line) ?? [];
    if (SUMMARY.test(line)) isInTree = false;
    else if (!isInTree) isInTree = beginsAgain(line);
    else if (mark !== undefined && title !== undefined)
      seen.push({ name: joined([...suites.slice(0, depth), title]), status: statusOf(mark) });
    else if (depth >= 0 && line.trim() !== '') suites = [...suites.slice(0, depth), line];
  }
  return numbered(seen);
}

/** npm tells of the next script of a chain. */
const beginsAgain = (line: string): boolean => line.startsWith('> ');

function statusOf(mark: string): TestStatus {
  if (mark === '-') return 'skipped';
  return mark.endsWith(')') ? 'failed' : 'passed';
}

const TestSchema = z.object({
  fullTitle: z.string(),
  duration: z.number().optional(),
  err: z.record(z.string(), z.unknown()).default({}),
});
const ReportSchema = z.object({
  tests: z.array(TestSchema),
  pending: z.array(TestSchema),
  failures: z.array(TestSchema),
});

/** `failures` holds hooks, too, which are no tests. What has neither run nor is pending was left out after a failed hook. */
function json(raw: string): NamedTest[] | null {
  const found = jsonIn(raw, (value) => 'tests' in value && 'pending' in value && 'failures' in value);
  const report = found && ReportSchema.safeParse(found);
  if (!report?.success) return null;
  const { tests, pending, failures } = report.data;
  const isPending = new Set(pending.map(({ fullTitle }) => fullTitle));
  const own = new Set(tests.map(({ fullTitle }) => fullTitle));
  const seen = tests.flatMap(({ fullTitle: name, duration, err }): SeenTest[] => {
    if (Object.keys(err).length > 0) return [{ name, status: 'failed' }];
    if (duration !== undefined) return [{ name, status: 'passed' }];
    return isPending.has(name) ? [{ name, status: 'skipped' }] : [];
  });
  const hooks = failures.filter(({ fullTitle }) => !own.has(fullTitle));
  return numbered([...seen, ...hooks.map(({ fullTitle }): SeenTest => ({ name: fullTitle, status: 'failed' }))]);
}
