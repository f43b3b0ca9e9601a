/** Flags of `flotilla map` → what is done with which items. */
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { type MapFlags, mapOptions, mapOptionsFrom } from '../../src/cli/map-options.ts';
import type { MapOptions } from '../../src/client/map.ts';
import type { OperationName } from '../../src/contracts/map.ts';
import { folderWith } from '../support/folders.ts';

const FIELDS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const folder = folderWith({
  'labels.txt': '\uFEFFbilling: money, and when: it is due\r\n\r\n  bugs\nhttp://a: an address\n',
  'schema.json': JSON.stringify(FIELDS),
  'schema.yaml': 'type: object\nproperties:\n  city: { type: string }\nrequired: [city]\n',
  empty: '',
});
const [labels, json, yaml] = ['labels.txt', 'schema.json', 'schema.yaml'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

/** What the command line comes to. */
function optionsOf(...argv: string[]): MapOptions {
  const command = mapOptions(new Command('map'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(argv, { from: 'user' });
  return mapOptionsFrom(command.args[0] as OperationName, command.opts<MapFlags>());
}

const said = (...argv: string[]): string => {
  try {
    optionsOf(...argv);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

const IN = ['--input', 'rows.csv'];
const INPUT = { path: 'rows.csv' };
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('what is done with an item', () => {
  test.each<[string[], MapOptions['operation']]>([
    [['classify', '--labels', 'spam, ham'], { name: 'classify', labels: named('spam', 'ham') }],
    [
      ['classify', '--labels', 'a,b', '--other', '--instructions', 'Be strict.'],
      { name: 'classify', labels: named('a', 'b'), other: true, instructions: 'Be strict.' },
    ],
    [
      ['classify', '--labels-file', labels],
      {
        name: 'classify',
        labels: [
          { name: 'billing', description: 'money, and when: it is due' },
          { name: 'bugs' },
          { name: 'http://a', description: 'an address' },
        ],
      },
    ],
    [['extract', '--schema', json], { name: 'extract', schema: FIELDS }],
    [['extract', '--schema', yaml, '--instructions', 'x'], { name: 'extract', schema: FIELDS, instructions: 'x' }],
    [['score', '--rubric', 'kindness'], { name: 'score', rubric: 'kindness' }],
    [
      ['score', '--rubric', 'kindness', '--min', '-2.5', '--max', '2'],
      { name: 'score', rubric: 'kindness', min: -2.5, max: 2 },
    ],
    [['rank', '--by', 'urgency'], { name: 'rank', criterion: 'urgency' }],
    [['rank', '--by', 'urgency', '--comparisons', '0'], { name: 'rank', criterion: 'urgency', comparisons: 0 }],
    [['route', '--handlers', 'billing,bugs'], { name: 'route', handlers: named('billing', 'bugs') }],
    [
      ['route', '--handlers', labels, '--instructions', 'x'],
      { name: 'route', handlers: expect.arrayContaining(named('bugs')) as never, instructions: 'x' },
    ],
    [['review', '--look-for', 'eval'], { name: 'review', lookFor: 'eval' }],
  ])('is what %j says', (argv, operation) => {
    expect(optionsOf(...argv, ...IN)).toEqual({
      ...{ operation, input: INPUT, reuse: true },
      describeProblems: expect.any(Function) as never,
    });
  });

  test('the other flags say where items come from, and how they are asked about', () => {
    const flags = [
      ...['--format', 'tsv', '--no-header', '--text-column', 't', '--id-column', 'i', '--gold-column', 'g'],
      ...['--threshold', '0.8', '--pack', '10', '--lane', 'batch', '--tier', 'mini', '--budget', '2.50', '--no-reuse'],
      ...['--id', 'mine', '--background', '--deadline-hours', '36.5'],
    ];
    expect(optionsOf('classify', '--labels', 'a,b', ...IN, ...flags)).toMatchObject({
      input: { path: 'rows.csv', format: 'tsv', header: false, textColumn: 't', idColumn: 'i', goldColumn: 'g' },
      ...{ threshold: 0.8, pack: 10, lane: 'batch', tier: 'mini', budgetUsd: 2.5, reuse: false, id: 'mine' },
      ...{ priority: 'background', deadlineHours: 36.5 },
    });
  });
});

describe('wrong use is told by the flag:', () => {
  test.each<[string, string[], string]>([
    [
      'one of another operation',
      ['score', '--rubric', 'x', '--labels', 'a,b', '--instructions', 'x'],
      '--labels is for classify; score takes --rubric, --min and --max.\n' +
        '--instructions is for classify, extract and route; score takes --rubric, --min and --max.',
    ],
    [
      'one that is off by default',
      ['review', '--look-for', 'x', '--other'],
      '--other is for classify; review takes --look-for.',
    ],
    ['one that is zero', ['review', '--look-for', 'x', '--min', '0'], '--min is for score; review takes --look-for.'],
    ['none that says the labels', ['classify'], 'classify needs --labels or --labels-file.'],
    [
      'two that say the labels',
      ['classify', '--labels', 'a,b', '--labels-file', labels],
      '--labels and --labels-file say the same; use one of them.',
    ],
    ['no schema', ['extract'], 'extract needs --schema.'],
    ['no rubric', ['score', '--min', '1'], 'score needs --rubric.'],
    ['no criterion', ['rank'], 'rank needs --by.'],
    ['no handlers', ['route'], 'route needs --handlers.'],
    ['nothing to look for', ['review'], 'review needs --look-for.'],
    ['a label that is empty', ['classify', '--labels', 'a,,b'], '--labels: name 2 of "a,,b" is empty.'],
    ['a handler alone', ['route', '--handlers', 'nobody'], '--handlers: there is no file "nobody", and a list has two'],
    [
      'labels that are not there',
      ['classify', '--labels-file', '/no/file'],
      "--labels-file: the file /no/file can't be",
    ],
    ['a schema that is not there', ['extract', '--schema', '/no/file'], "The --schema file /no/file can't be read"],
    ['a schema that is none', ['extract', '--schema', labels], `The --schema file ${labels} is not valid`],
    [
      'a number that is none',
      ['score', '--rubric', 'x', '--max', 'ten'],
      "'--max <n>' argument 'ten' is invalid. It is a number",
    ],
    ['too many comparisons', ['rank', '--by', 'x', '--comparisons', '21'], 'It is a number from 0 to 20.'],
    ['a confidence above 1', ['classify', '--threshold', '80'], "'--threshold <confidence>' argument '80' is invalid"],
    ['half an item in a call', ['classify', '--pack', '1.5'], 'It is a number of items from 1 to 50.'],
    ['an unknown lane', ['classify', '--lane', 'fast'], 'Allowed choices are live, batch, auto.'],
    ['a deadline that is over', ['classify', '--deadline-hours', '0'], 'It is a number of hours above 0'],
    ['an unknown tier', ['classify', '--tier', 'giant'], 'Allowed choices are nano, mini, manager.'],
    ['an unknown format', ['classify', '--format', 'xlsx'], 'Allowed choices are jsonl, csv, tsv, files.'],
    ['a budget of nothing', ['classify', '--budget', '0'], 'It is an amount in US dollars above 0'],
    ['an unknown operation', ['dance'], 'Allowed choices are classify, extract, score, rank, route, review.'],
  ])('%s', (_, argv, told) => {
    expect(said(...argv, ...IN)).toContain(told);
  });

  test('no input', () => {
    expect(said('classify', '--labels', 'a,b')).toContain("required option '--input <path>' not specified");
  });
});

describe('a problem of the map, found later, is told by its flag:', () => {
  const told = (argv: string[], ...path: (string | number)[]) =>
    optionsOf(...argv, ...IN).describeProblems?.([{ path, message: 'It is wrong.' }]);

  test.each<[string, string[], (string | number)[]]>([
    ['--labels: It is wrong.', ['classify', '--labels', 'a,b'], ['operation', 'labels']],
    ['--labels: [1].name: It is wrong.', ['classify', '--labels', 'a,b'], ['operation', 'labels', 1, 'name']],
    ['--labels-file: It is wrong.', ['classify', '--labels-file', labels], ['operation', 'labels']],
    ['--by: It is wrong.', ['rank', '--by', 'x'], ['operation', 'criterion']],
    ['--look-for: It is wrong.', ['review', '--look-for', 'x'], ['operation', 'lookFor']],
    ['--input: It is wrong.', ['review', '--look-for', 'x'], ['input', 'path']],
    ['--threshold: It is wrong.', ['rank', '--by', 'x', '--threshold', '1'], ['threshold']],
    ['It is wrong.', ['rank', '--by', 'x'], []],
    ['kind: It is wrong.', ['rank', '--by', 'x'], ['kind']],
  ])('%s', (wanted, argv, path) => {
    expect(told(argv, ...path)).toBe(wanted);
  });
});
