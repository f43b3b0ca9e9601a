/**
 * What the results of tests say about a change. Named tests alone decide, never an exit code. Where nothing could be judged, the reason is the
 * environment's, unless the same environment gave results of another state (the control): then it is the change's.
 */
import type { ParsedOutput, TestStatus } from './parsers/parsed.ts';
import type { Instance } from './schema.ts';

/** How a command ended. `exitCode` null: by a signal. */
export interface CommandOutcome {
  exitCode: number | null;
  isTimedOut: boolean;
  /** Which bound of its pod it broke; null for none. */
  lost: string | null;
}

/** The test command on one state of the files, after the setup. */
export interface TestedState {
  /** Null where there is no setup. */
  setup: CommandOutcome | null;
  /** Null where the setup did not succeed. */
  test: (CommandOutcome & ParsedOutput) | null;
}

export const ENVIRONMENT_REASONS = [
  'setup-failed',
  'setup-timed-out',
  'command-not-found',
  'test-timed-out',
  'pod-lost',
  'no-results',
  'tests-not-named',
] as const;
export type EnvironmentReason = (typeof ENVIRONMENT_REASONS)[number];

/** Of the tests of a list: `notRun` are those that were skipped or did not come up. */
export interface Standing {
  passed: string[];
  failed: string[];
  notRun: string[];
}

export interface Verdict {
  outcome: 'resolved' | 'not-resolved' | 'environment-failure';
  /** Only of an environment failure. */
  reason: EnvironmentReason | null;
  message: string;
  failToPass: Standing;
  passToPass: Standing;
}

type Lists = Pick<Instance, 'failToPass' | 'passToPass'>;

/** `control`: another state, tested in the same environment. */
export function verdictOf(lists: Lists, state: TestedState, control: TestedState | null = null): Verdict {
  const statuses = new Map(state.test?.tests.map(({ name, status }) => [name, status]));
  const listed = new Set([...lists.failToPass, ...lists.passToPass]);
  const failToPass = standingOf(lists.failToPass, statuses, listed);
  const passToPass = standingOf(lists.passToPass, statuses, listed);
  const told = { reason: null, failToPass, passToPass };
  const reason = unjudged(state, [failToPass, passToPass]);
  if (reason !== null) {
    if (reason === 'tests-not-named' || !control || unjudged(control, []) !== null)
      return { ...told, outcome: 'environment-failure', reason, message: MESSAGES[reason] };
    const message = `${MESSAGES[reason]} Another state gives results in the same environment, so it is the change.`;
    return { ...told, outcome: 'not-resolved', message };
  }
  const problems = problemsOf(failToPass, passToPass);
  if (problems.length === 0) return { ...told, outcome: 'resolved', message: 'All tests that had to pass do.' };
  const late = state.test?.isTimedOut === true ? ' The tests were stopped at their time limit.' : '';
  return { ...told, outcome: 'not-resolved', message: `${problems.join(', ')}.${late}` };
}

const MESSAGES: Record<EnvironmentReason, string> = {
  'setup-failed': 'The setup failed.',
  'setup-timed-out': 'The setup was stopped at its time limit.',
  'command-not-found': 'The test command was not found.',
  'test-timed-out': 'The tests were stopped at their time limit, before any result.',
  'pod-lost': 'The pod was ended: a bound of it was broken.',
  'no-results': 'The output of the tests holds no result.',
  'tests-not-named': 'The reporter does not name every test: ask for one that does (--verbose, --reporter=verbose).',
};

/** What `sh` and `env` exit with where there is no such program. */
const NOT_FOUND = 127;

/** Why nothing can be said; null where something can. Results that came before a time limit are results. */
function unjudged({ setup, test }: TestedState, standings: Standing[]): EnvironmentReason | null {
  if (setup?.isTimedOut) return 'setup-timed-out';
  if (setup?.lost ?? test?.lost) return 'pod-lost';
  if (!test) return 'setup-failed';
  if (test.tests.length === 0) {
    if (test.isTimedOut) return 'test-timed-out';
    return test.exitCode === NOT_FOUND ? 'command-not-found' : 'no-results';
  }
  return test.hasUnnamed && standings.some(({ notRun }) => notRun.length > 0) ? 'tests-not-named' : null;
}

/**
 * A second result of the name that is in no list counts with the first: what is tested runs in the same process as the tests, and
 * could have printed the first.
 */
function standingOf(names: string[], statuses: Map<string, TestStatus>, listed: Set<string>): Standing {
  const standing: Standing = { passed: [], failed: [], notRun: [] };
  for (const name of names) {
    const status = statuses.get(name);
    if (status === undefined || status === 'skipped') standing.notRun.push(name);
    else if (status === 'failed' || failsAgain(name, statuses, listed)) standing.failed.push(name);
    else standing.passed.push(name);
  }
  return standing;
}

function failsAgain(name: string, statuses: Map<string, TestStatus>, listed: Set<string>): boolean {
  for (let number = 2; ; number += 1) {
    const again = `${name} #${number}`;
    const status = statuses.get(again);
    if (status === undefined) return false;
    if (status === 'failed' && !listed.has(again)) return true;
  }
}

function problemsOf(failToPass: Standing, passToPass: Standing): string[] {
  return [
    [failToPass.failed, 'had to pass and still fail'],
    [failToPass.notRun, 'had to pass and did not run'],
    [passToPass.failed, 'passed before and fail now'],
    [passToPass.notRun, 'passed before and did not run now'],
  ].flatMap(([names = [], what]) => (names.length > 0 ? [`${names.length} ${what as string}`] : []));
}
