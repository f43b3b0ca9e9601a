/** What a person reads when an objective has ended. */
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { printEnding } from '../../src/cli/ending.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { Report, ReportSubtask } from '../../src/contracts/report.ts';
import type { MapResult } from '../../src/contracts/results.ts';
import { report, reportSubtask } from '../support/report.ts';

interface Left {
  change?: Partial<Report>;
  maps?: { subtaskId: string; result: MapResult }[];
}

async function saidAfter({ change = {}, maps = [] }: Left): Promise<string> {
  const streams = [new PassThrough(), new PassThrough()];
  const terminal = new Terminal(...(streams as unknown as [NodeJS.WriteStream, NodeJS.WriteStream]));
  const { failure, ...ended } = report(change);
  const handle = { report: async () => ({ failure, ...ended }), mapResults: async () => maps };
  await printEnding(terminal, handle, { report: '/no/reports', failure, objectiveId: ended.objectiveId });
  return String(streams[0]?.read()).replace(/\u001b\[\d+m/g, '');
}

const failed = (id: string, change: Partial<ReportSubtask> = {}): ReportSubtask =>
  reportSubtask(id, {
    ...{ kind: 'map', state: 'failed', failure: { type: 'MapInputInvalid', message: 'rows.csv: line 3.\nline 7.' } },
    ...change,
  });

test('why its subtasks failed is told at the end, line by line', async () => {
  const said = await saidAfter({ change: { subtasks: [reportSubtask('a'), failed('sort')] } });
  expect(said).toMatch(
    /^SubtasksFailed: .*\n {2}sort: rows\.csv: line 3\.\nline 7\. What would help: correct the input/m,
  );
  expect(said).not.toMatch(/^ {2}a: /m);
});

test('of many failures the first are told, and none that was made up for', async () => {
  const subtasks = [
    failed('old', { isReplaced: true }),
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => failed(id)),
  ];
  const said = await saidAfter({ change: { subtasks } });
  expect([...said.matchAll(/^ {2}(\w+): rows/gm)].map(([, id]) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(said).toContain('… and 2 more in the report');
});

test('what each map came to is told', async () => {
  const result: MapResult = {
    ...{ kind: 'map', operation: 'score', summary: 'score: 2 items', findings: [], figures: null },
    documents: { items: 'a', results: 'b', deadLetters: 'c', csv: 'd' },
  };
  const said = await saidAfter({ maps: ['one', 'two'].map((subtaskId) => ({ subtaskId, result })) });
  expect(said).toContain('one: score: 2 items\ntwo: score: 2 items\n');
});
