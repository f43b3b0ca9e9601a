import { describe, expect, test } from '@jest/globals';
import type { NamedTest } from '../../src/instances/parsers/parsed.ts';
import { type TestedState, verdictOf } from '../../src/instances/verdict.ts';

const LISTS = { failToPass: ['mended', 'mended #2'], passToPass: ['kept'] };
const ENDED = { exitCode: 0, isTimedOut: false, lost: null };

/** `+mended -kept ~left`: passed, failed, skipped. */
function results(text: string): NamedTest[] {
  const statuses = { '+': 'passed', '-': 'failed', '~': 'skipped' } as const;
  return text.split(', ').map((one) => ({ name: one.slice(1), status: statuses[one.charAt(0) as '+'] }));
}

const tested = (text: string, change: Partial<NonNullable<TestedState['test']>> = {}): TestedState => ({
  setup: null,
  test: { ...ENDED, tests: text === '' ? [] : results(text), hasUnnamed: false, ...change },
});

const failedSetup = (change = {}): TestedState => ({ setup: { ...ENDED, exitCode: 1, ...change }, test: null });

const SOLVED = tested('+mended, +mended #2, +kept');

describe('a change', () => {
  test('resolves an instance when all named tests pass, whatever else fails and whatever the exit code', () => {
    const state = tested('+mended, +mended #2, +kept, -of no interest', { exitCode: 1 });
    expect(verdictOf(LISTS, state)).toMatchObject({ outcome: 'resolved', reason: null });
  });

  test.each([
    ['a test that has to pass fails', '+mended, -mended #2, +kept', { failed: ['mended #2'], notRun: [] }],
    ['a test that has to pass is skipped', '+mended, ~mended #2, +kept', { failed: [], notRun: ['mended #2'] }],
    ['a test that has to pass is not there', '+mended, +kept', { failed: [], notRun: ['mended #2'] }],
    [
      'a result of the same name, which nobody asked about, fails',
      '+mended, +mended #2, -mended #3, +kept',
      { failed: ['mended'], notRun: [] },
    ],
  ])('does not resolve it when %s, with exit code 0', (_, text, failToPass) => {
    expect(verdictOf(LISTS, tested(text))).toMatchObject({ outcome: 'not-resolved', reason: null, failToPass });
  });

  test.each([
    ['fails', '+mended, +mended #2, -kept', { failed: ['kept'], notRun: [] }],
    ['is gone', '+mended, +mended #2', { failed: [], notRun: ['kept'] }],
  ])('does not resolve it when a test that passed %s', (_, text, passToPass) => {
    expect(verdictOf(LISTS, tested(text))).toMatchObject({ outcome: 'not-resolved', passToPass });
  });

  test('is judged by the results that came before a time limit', () => {
    const verdict = verdictOf(LISTS, tested('+mended, +kept', { isTimedOut: true, exitCode: null }));
    expect(verdict).toMatchObject({ outcome: 'not-resolved', failToPass: { notRun: ['mended #2'] } });
    expect(verdict.message).toContain('time limit');
  });
});

const UNJUDGED = [
  ['setup-failed', failedSetup()],
  ['setup-timed-out', failedSetup({ exitCode: null, isTimedOut: true })],
  ['pod-lost', failedSetup({ exitCode: null, lost: 'memory' })],
  ['command-not-found', tested('', { exitCode: 127 })],
  ['test-timed-out', tested('', { exitCode: null, isTimedOut: true })],
  ['pod-lost', tested('', { exitCode: null, lost: 'memory' })],
  ['no-results', tested('', { exitCode: 1 })],
] as const;

describe('an environment that gives no results', () => {
  test.each([...UNJUDGED, ['tests-not-named', tested('+kept', { hasUnnamed: true })] as const])(
    'fails with %s',
    (reason, state) => {
      const verdict = verdictOf(LISTS, state);
      expect(verdict).toMatchObject({ outcome: 'environment-failure', reason });
      expect(verdict.message).not.toBe('');
      expect(verdict.failToPass.notRun).toEqual(expect.arrayContaining(['mended']));
    },
  );

  test.each(UNJUDGED)('is the doing of the change where another state gives results: %s', (_, state) => {
    expect(verdictOf(LISTS, state, tested('-mended'))).toMatchObject({ outcome: 'not-resolved', reason: null });
    expect(verdictOf(LISTS, state, state)).toMatchObject({ outcome: 'environment-failure' });
  });

  test('does not hide behind a reporter that names enough', () => {
    const named = tested('+mended, +mended #2, +kept', { hasUnnamed: true });
    expect(verdictOf(LISTS, named)).toMatchObject({ outcome: 'resolved' });
    expect(verdictOf(LISTS, SOLVED)).toMatchObject({ outcome: 'resolved' });
  });
});
