/** `node --test`: its `spec` reporter, or `tap`, which older versions of Node write where no terminal listens. */
import { indentOf, joined, type NamedTest, numbered, type ParsedOutput, plainLines, type SeenTest } from './parsed.ts';
import { tap } from './tap.ts';

const OPENING = /^ *▶ (.*)$/;
const RESULT = /^ *([✔✖﹣▶⚠]) (.*) \([\d.]+ms\)( # .*)?$/;
/** Failures are told again at the end, each below the place where it stands. */
const PLACE = /^test at \S/;

export function node(raw: string): ParsedOutput {
  const isTap = /^TAP version \d+|^# Subtest: /m.test(raw);
  return isTap ? tap(raw) : { tests: spec(raw), hasUnnamed: false };
}

/** Suites end with a result of their own; before Node 22 that has the mark of an opening, and failed where something in it has. */
function spec(raw: string): NamedTest[] {
  const seen: SeenTest[] = [];
  let suites: { title: string; hasFailed: boolean }[] = [];
  const lines = plainLines(raw);
  for (const [index, line] of lines.entries()) {
    if (PLACE.test(lines[index - 1] ?? '')) continue;
    const depth = Math.floor(indentOf(line) / 2);
    const [, mark, title, directive] = RESULT.exec(line) ?? [];
    if (mark !== undefined && title !== undefined) {
      const hasFailed = mark === '✖' || (mark === '▶' && suites[depth]?.hasFailed === true);
      const isSkipped = mark === '﹣' || mark === '⚠' || directive?.startsWith(' # TODO');
      const status = isSkipped ? 'skipped' : hasFailed ? 'failed' : 'passed';
      const around = suites.slice(0, depth);
      seen.push({ name: joined([...around.map(({ title }) => title), title]), status });
      if (status === 'failed') for (const suite of around) suite.hasFailed = true;
      continue;
    }
    const [, opened] = OPENING.exec(line) ?? [];
    if (opened !== undefined) suites = [...suites.slice(0, depth), { title: opened, hasFailed: false }];
  }
  return numbered(seen);
}
