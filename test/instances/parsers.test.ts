/**
 * What parsers make of outputs that were recorded from the runners named in `outputs/`. All ran the same tests, as far as each runner has them: two
 * of one name, a slow one, one whose name looks like a path of names, one that prints what looks like results, a file that can't be loaded.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PARSER_NAMES, parseOutput, type ParserName } from '../../src/instances/parsers/parse.ts';

const recorded = (name: string): string => readFileSync(join(import.meta.dirname, 'outputs', `${name}.txt`), 'utf8');

/** `p name`, `f name`, `s name`, sorted. */
function resultsOf(parser: ParserName, raw: string): string[] {
  return parseOutput(parser, raw)
    .tests.map(({ name, status }) => `${status.charAt(0)} ${name}`)
    .toSorted();
}

const LIKE_A_PATH = 'says "1 > 2" › is false';

const CART = [
  'p cart > adds',
  'f cart > adds #2',
  'p cart > with tax > rounds (half up)',
  `f cart > with tax > ${LIKE_A_PATH}`,
  'p cart > with tax > prints',
  's cart > is left out',
  'p stands alone 12ms',
  's comes later',
];
/** Of two files: the tests of the first are numbered first, however they ended. */
const TWO_FILES = [
  ...CART.map((result) => result.replace('adds #2', 'adds #3').replace(/adds$/, 'adds #2')),
  ...['p b > adds', 'p cart > adds', 'p cart > times 1', 'p cart > times 2', 'f test/broken.test.js'],
];
const NODE_CART = [
  ...CART,
  ...['f cart', 'f cart > with tax', 'f parent', 'p parent > child one', 'f parent > child two'],
  's skipped while it runs',
];
const NODE_FILES = [...NODE_CART, 'p adds', 'p b # hash', 'f test/broken.test.js'];
/** What was printed at the indentation of tests and suites is taken for one. */
const MOCHA_SPEC = [
  ...CART.map((result) => result.replace('with tax > prints', 'at nowhere > prints')),
  ...['p not a test', 'f hooks > "before all" hook for "never"', 'p after > still runs'],
];
const MOCHA_FULL_TITLES = [
  ...CART.map((result) => result.replaceAll(' > ', ' ').replace('1 2', '1 > 2')),
  ...['f hooks "before all" hook for "never"', 'p after still runs'],
];

describe('a recorded output names the tests', () => {
  test.each<[string, ParserName, string[]]>([
    ['jest-30.5.2-one', 'jest', CART],
    ['jest-30.5.2-verbose', 'jest', TWO_FILES],
    ['jest-30.5.2-json', 'jest', TWO_FILES],
    ['vitest-5.1.1-verbose', 'vitest', TWO_FILES],
    ['vitest-5.1.1-json', 'vitest', TWO_FILES],
    [
      ...(['vitest-5.1.1-one', 'vitest'] as const),
      ['p all well > a', 'p all well > b (2)', 'p all well > deep > c', 's empty later > d', 'f fails'],
    ],
    ['mocha-12.0.3-spec', 'mocha', MOCHA_SPEC],
    ['mocha-10.8.2-spec', 'mocha', MOCHA_SPEC],
    ['mocha-12.0.3-json', 'mocha', MOCHA_FULL_TITLES],
    ['mocha-12.0.3-tap', 'mocha', [...MOCHA_FULL_TITLES, 'p not a test']],
    [
      ...(['tape-5.10.2-spec', 'tap'] as const),
      [
        ...['p adds > should be strictly equal', 'p adds > two is two', 'p adds > two is two #2'],
        ...['f rounds > half up', 'p rounds > done # not a directive', 'f inner > same'],
        ...['s parts > not now', 's parts > later', 'p parts > printed by the test'],
      ],
    ],
    ['node-24.21.0-alone', 'node', NODE_CART],
    ['node-24.21.0-color', 'node', NODE_CART],
    ['node-24.21.0-spec', 'node', NODE_FILES],
    ['node-24.21.0-tap', 'node', NODE_FILES],
    ['node-24.21.0-tap', 'tap', NODE_FILES],
  ])('%s, read as %s', (name, parser, expected) => {
    const raw = recorded(name);
    expect(resultsOf(parser, raw)).toEqual(expected.toSorted());
    expect(parseOutput(parser, raw).hasUnnamed).toBe(false);
    expect(resultsOf(parser, raw.replaceAll('\n', '\r\n'))).toEqual(expected.toSorted());
  });
});

describe('a reporter that does not name every test', () => {
  test.each<[string, ParserName, string[]]>([
    [
      ...(['jest-30.5.2-many', 'jest'] as const),
      ['f cart > adds', `f cart > with tax > ${LIKE_A_PATH.replace('›', '>')}`, 'p test/b.test.js'],
    ],
    ['vitest-5.1.1-many', 'vitest', [...CART, 'p test/b.test.js']],
    [
      ...(['vitest-1.6.1-many', 'vitest'] as const),
      ['f cart > adds', `f cart > with tax > ${LIKE_A_PATH}`, 'f fails', 'p test/b.test.js'],
    ],
  ])('is told as such, and its files stand for what they hold: %s', (name, parser, expected) => {
    expect(parseOutput(parser, recorded(name)).hasUnnamed).toBe(true);
    expect(resultsOf(parser, recorded(name))).toEqual([...expected, 'f test/broken.test.js'].toSorted());
  });
});

describe('an output of a run that did not end well', () => {
  test.each<[string, ParserName, string[]]>([
    ['mocha-12.0.3-crash', 'mocha', ['p begins']],
    ['tape-5.10.2-crash', 'tap', ['p first > fine', 'p second > begun']],
    ['node-24.21.0-crash', 'node', ['f test/crash.test.js']],
    ['node-24.21.0-crash-tap', 'node', ['f test/crash.test.js']],
    ['jest-30.5.2-crash', 'jest', []],
    ['vitest-5.1.1-none', 'vitest', []],
    ['mocha-12.0.3-broken', 'mocha', []],
  ])('keeps what was seen: %s', (name, parser, expected) => {
    expect(resultsOf(parser, recorded(name))).toEqual(expected);
  });

  test('holds results, whole or cut anywhere, that are the beginning of those of the whole', () => {
    const raw = recorded('node-24.21.0-tap');
    const whole = parseOutput('node', raw).tests;
    for (let end = 0; end <= raw.length; end += 97) {
      const { tests } = parseOutput('node', raw.slice(0, raw.lastIndexOf('\n', end) + 1));
      expect(whole.slice(0, tests.length)).toEqual(tests);
    }
  });
});

test('the two runs that a chain of npm scripts makes of mocha are both read', () => {
  const raw = recorded('mocha-10.8.2-spec');
  const twice = parseOutput('mocha', `${raw}\n> cart@1.0.0 test:b\n> mocha test/cart.js\n\n${raw}`);
  expect(twice.tests).toHaveLength(2 * MOCHA_SPEC.length);
  expect(twice.tests).toContainEqual({ name: 'cart > adds #4', status: 'failed' });
});

test('a test that is named like the second of another one keeps its name', () => {
  const { tests } = parseOutput('tap', 'ok 1 - a\nok 2 - a\nnot ok 3 - a #2\n');
  expect(tests).toEqual([
    { name: 'a', status: 'passed' },
    { name: 'a #3', status: 'passed' },
    { name: 'a #2', status: 'failed' },
  ]);
});

test('no bytes make a parser throw', () => {
  const lines = fc.constantFrom(
    ...PARSER_NAMES.flatMap((parser) => (parser === 'tap' ? [] : [recorded(SAMPLES[parser])])),
    ...['ok', 'not ok', '  ---', '  ...', '# Subtest: x', '▶', '{', '{"testResults":[]}', '{"tests":[null]}'],
    ...[' PASS', 'PASS x', '  ●', ' ✓ a (1 test)', '   ✓', '\u001B[', '__proto__', '# __proto__'],
  );
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    lines.map((text) => text.slice(0, 400)),
  );
  const outputs = fc.oneof(
    fc.array(line, { maxLength: 30 }).map((parts) => parts.join('\n')),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
  );
  fc.assert(
    fc.property(outputs, fc.constantFrom(...PARSER_NAMES), (raw, parser) => {
      const { tests } = parseOutput(parser, raw);
      expect(new Set(tests.map(({ name }) => name)).size).toBe(tests.length);
    }),
    { numRuns: 2000 },
  );
});

const SAMPLES = {
  jest: 'jest-30.5.2-json',
  vitest: 'vitest-5.1.1-many',
  mocha: 'mocha-12.0.3-json',
  node: 'node-24.21.0-tap',
} as const;
