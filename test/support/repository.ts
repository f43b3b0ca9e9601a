/** A small repository with known findings, for objectives over real files. */
import type { Report } from '../../src/contracts/report.ts';
import { folderWith } from './folders.ts';

export const FIXTURE_FILES = {
  'README.md': '# Fixture\n\nNothing to see here.\n',
  '.gitignore': 'ignored/\n*.log\n',
  'ignored/secret.ts': '// TODO never seen\n',
  'noise.log': 'TODO never seen either\n',
  'src/cart.ts': [
    'export function total(prices: number[]): number {',
    '  // TODO handle currencies',
    '  return prices.reduce((sum, price) => sum + price, 0);',
    '}',
    '',
  ].join('\n'),
  'src/run.ts': ['export function run(code: string): unknown {', '  return eval(code);', '}', ''].join('\n'),
  'lib/old.js': ['try {', '  start();', '} catch (e) {}', '// FIXME remove this file', 'process.exit(1);', ''].join(
    '\n',
  ),
};

/** Path and line of what the stand-in's topics find in it. */
export const FIXTURE_FINDINGS = ['lib/old.js:3', 'lib/old.js:4', 'lib/old.js:5', 'src/cart.ts:2', 'src/run.ts:2'];

/** The same of a report. */
export const placesOf = (report: Report | null): string[] =>
  (report?.findings ?? []).map(({ path, startLine }) => `${path}:${startLine}`).toSorted();

export const fixtureRepository = (): string => folderWith(FIXTURE_FILES);
