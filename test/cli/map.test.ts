/** `flotilla map` before anything starts: what it may cost, and wrong use, which needs no stack to be told. */
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { map as runMap } from '../../src/cli/commands/map.ts';
import { toldOf } from '../../src/cli/errors.ts';
import { mapOptions } from '../../src/cli/map-options.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { loadConfig } from '../../src/config.ts';
import { EstimateSchema } from '../../src/contracts/estimate.ts';
import type { OperationName } from '../../src/contracts/map.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { Product } from '../support/product.ts';

const FILES = {
  'rows.csv': 'id,text\n1,hello\n2,goodbye\n',
  'wide.json': '{"type":"object","properties":{"a":{"type":"string"}}}',
  'one.json': '{}',
};
const folder = folderWith(FILES);
const rows = join(folder, 'rows.csv');
const home = temporaryFolder('flotilla-home');

interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The command in this process, where nothing of a stack runs. */
async function map(...argv: string[]): Promise<Ran> {
  const [out, errors] = [new PassThrough(), new PassThrough()];
  const terminal = new Terminal(...([out, errors] as unknown as [NodeJS.WriteStream, NodeJS.WriteStream]));
  const command = mapOptions(new Command('map')).option('--json').exitOverride();
  const said = (exitCode: number): Ran => ({ exitCode, stdout: textOf(out), stderr: textOf(errors) });
  try {
    command.parse(argv, { from: 'user' });
    const context = { config: loadConfig({ FLOTILLA_HOME: home }), terminal, environment: {} };
    return said(await runMap(context, command.args[0] as OperationName, command.opts()));
  } catch (error) {
    const told = toldOf(error);
    terminal.errorText(told.message);
    return said(told.exitCode);
  }
}

const textOf = (stream: PassThrough): string => String(stream.read() ?? '');

describe('wrong use of flotilla map ends with exit code 2:', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a flag of another operation',
      ['score', '--labels', 'a,b'],
      /^--labels is for classify; .*\nscore needs --rubric\.$/,
    ],
    [
      'an input that is not there',
      ['classify', '--labels', 'a,b', '--input', '/no/rows.csv'],
      /^--input: There is no file or folder \/no\/rows\.csv\.$/,
    ],
    [
      'a folder where nothing is meant',
      ['review', '--look-for', 'x', '--input', `${folder}/*.go`],
      /^--input: .*\*\.go means no file/,
    ],
    [
      'an input of no known form',
      ['classify', '--labels', 'a,b', '--input', join(folder, 'one.json')],
      /^--input: .*is one JSON document/,
    ],
    ['labels that are one', ['classify', '--labels', 'a,A'], /^--labels: "A" and "a" can't be told apart/],
    [
      'a schema outside of the strict subset',
      ['extract', '--schema', join(folder, 'wide.json')],
      /^--schema: .*required/,
    ],
    ['bounds that are turned round', ['score', '--rubric', 'x', '--min', '11'], /^--min: 11 is not below max/],
    [
      'a threshold without a confidence',
      ['rank', '--by', 'x', '--threshold', '0.5'],
      /^--threshold: an answer of rank has no confidence/,
    ],
    [
      'packs of what goes alone',
      ['review', '--look-for', 'x', '--pack', '2'],
      /^--pack: review takes one item at a time/,
    ],
    ['an estimate that is to be left alone', ['rank', '--by', 'x', '--detach'], /^--estimate starts nothing else/],
  ])('%s', async (_, args, told) => {
    const input = args.includes('--input') ? [] : ['--input', rows];
    const { exitCode, stdout, stderr } = await map(...args, ...input, '--estimate');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(told);
  });
});

test.each<[string, string[], RegExp]>([
  ['an unknown operation', ['dance'], /Allowed choices are classify, .*\n\(see flotilla map --help\)$/],
  ['a flag of another operation', ['review', '--look-for', 'x', '--other'], /^--other is for classify; review takes/],
])('flotilla itself ends with 2 for %s', async (_, args, told) => {
  const { exitCode, stdout, stderr } = await new Product(home).cli('map', ...args, '--input', rows);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr.trimEnd()).toMatch(told);
});

describe('flotilla map --estimate', () => {
  const estimated = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await map(...args, '--estimate', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return EstimateSchema.parse(JSON.parse(stdout));
  };

  test('is that of the map alone, as no answer is written', async () => {
    const { subtasks, manager, costMicros, basedOn } = await estimated('score', '--rubric', 'x', '--input', rows);
    expect(subtasks).toMatchObject([{ id: 'map', kind: 'map', tier: 'nano', title: 'score rows.csv', costMicros }]);
    expect(manager.calls).toEqual([]);
    expect(basedOn).toMatchObject({ files: 1, bytes: FILES['rows.csv'].length });
  });

  test('counts what a folder and a glob hold', async () => {
    const bytesOf = async (input: string) =>
      (await estimated('review', '--look-for', 'x', '--input', input)).basedOn.bytes;
    expect(await bytesOf(folder)).toBe(Object.values(FILES).join('').length);
    expect(await bytesOf(`${folder}/*.json`)).toBe(FILES['wide.json'].length + FILES['one.json'].length);
  });

  test('starts on the tier that is asked for', async () => {
    const { subtasks } = await estimated('score', '--rubric', 'x', '--input', rows, '--tier', 'mini');
    expect(subtasks).toMatchObject([{ tier: 'mini' }]);
  });
});
