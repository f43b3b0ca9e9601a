/** Inputs of maps as the tests make them, and what came out of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';

export const LABELS = ['card', 'cash', 'loan', 'fraud', 'app'];

export interface Row {
  id: string;
  text: string;
  gold: string;
}

/** Texts that tell a stand-in their right label, and how often to miss it. No two are the same. */
export const labelledRows = (count: number, errorRate = 0): Row[] =>
  Array.from({ length: count }, (_, index) => {
    const gold = LABELS[index % LABELS.length] ?? '';
    const err = errorRate === 0 ? '' : `|err:${errorRate}`;
    return { id: `row-${index}`, text: `Request ${index} about something. [[gold:${gold}${err}]]`, gold };
  });

/** As JSONL in a folder of its own. */
export function jsonlFile(rows: object[], name = 'items.jsonl'): string {
  const file = join(temporaryFolder('flotilla-items'), name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

export const readJsonl = <Line>(file: string): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
