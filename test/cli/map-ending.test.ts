/** What is said of a map that has ended: its summary, the worst figures, and the files that there are. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { mapEnding } from '../../src/cli/map-ending.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { OperationSettings } from '../../src/contracts/map.ts';
import type { MapResult } from '../../src/contracts/results.ts';
import { temporaryFolder } from '../support/folders.ts';
import { classify, type Ending, outputOf } from '../support/map-outcomes.ts';

const stream = () => new PassThrough() as unknown as NodeJS.WriteStream;
const terminal = new Terminal(stream(), stream());
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, '');

const DOCUMENTS = { items: 'a', results: 'b', deadLetters: 'c', csv: 'd' };

function saidOf(figures: unknown, operation: OperationSettings['name'], folder = '/no'): string[] {
  const result: MapResult = {
    ...{ kind: 'map', operation, figures },
    summary: 'In one line.',
    findings: [],
    documents: DOCUMENTS,
  };
  return mapEnding(terminal, { subtaskId: 'sort', result }, folder).map(({ source }) => plain(source));
}

const saidAfter = async (operation: OperationSettings, endings: Ending[]): Promise<string[]> =>
  saidOf((await outputOf(operation, endings)).summary, operation.name);

const times = (count: number, ending: Ending): Ending[] => Array.from({ length: count }, () => ending);
const sorted = (gold: string, label: string): Ending => ({ gold, result: { label } });
const dead = (type: string): Ending => ({ change: { dead: { type, reason: 'x' } } });

test('where all went well it is the summary', async () => {
  expect(await saidAfter(classify(['a', 'b']), times(3, sorted('a', 'a')))).toEqual(['sort: In one line.']);
});

test('a result whose figures are not known is told by its summary', () => {
  expect(saidOf({ version: 2 }, 'classify')).toEqual(['sort: In one line.']);
});

test('why items have no result is told by number, the most frequent first', async () => {
  const types = ['A', 'B', 'B', 'C', 'C', 'C', 'D', 'E'];
  expect(await saidAfter(classify(['a', 'b']), types.map(dead))).toContain('  without a result: C 3, B 2, A 1, 2 more');
});

test('labels that agree least with gold come first, and those that always do are left out', async () => {
  const endings = [
    ...times(4, sorted('good', 'good')),
    ...[sorted('fair', 'fair'), sorted('fair', 'fair'), sorted('fair', 'bad')],
    ...times(2, sorted('bad', 'fair')),
  ];
  expect(await saidAfter(classify(['good', 'fair', 'bad']), endings)).toContain(
    '  least like gold: bad (precision 0.0 %, recall 0.0 %), fair (precision 50.0 %, recall 66.7 %)',
  );
});

test('fields that agree least with gold come first', async () => {
  const schema = { type: 'object', properties: { city: { type: 'string' }, year: { type: 'integer' } } };
  const gold = JSON.stringify({ city: 'Bonn', year: 1949 });
  const endings = [
    { gold, result: { city: 'Bonn', year: 1949 } },
    { gold, result: { city: 'Bonn', year: 1950 } },
  ];
  expect(await saidAfter({ name: 'extract', schema }, endings)).toContain('  least like gold: year (50.0 % right)');
});

test('what ended on more than one tier is told by tier', async () => {
  const up: Ending = { ...sorted('a', 'a'), change: { tier: 'mini' } };
  expect(await saidAfter(classify(['a', 'b']), [...times(2, sorted('a', 'a')), up])).toContain(
    '  by tier: mini 1, nano 2',
  );
});

test('its files are told where they are', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sort'));
  for (const name of ['results.jsonl', 'results.csv']) writeFileSync(join(folder, 'sort', name), '');
  expect(saidOf(null, 'classify', folder)).toEqual([
    'sort: In one line.',
    `  ${join(folder, 'sort', 'results.jsonl')}`,
    `  ${join(folder, 'sort', 'results.csv')}`,
  ]);
});
