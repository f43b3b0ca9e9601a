/**
 * Every failure type, by name: the closed list that histories, reports and exit codes are written in. Free of zod.
 * `effect` says what repeating the same call can do: `retry` (Temporal repeats it), `pause` (the objective waits
 * for a person, then repeats it), `fail` (it cannot help). `anotherAttempt` says whether the ladder may give the subtask
 * another try. `help` is what a person can do.
 */
type Effect = 'retry' | 'pause' | 'fail';

interface FailureRule {
  effect: Effect;
  anotherAttempt: boolean;
  help: string;
}

const retry = (help: string): FailureRule => ({ effect: 'retry', anotherAttempt: true, help });
const pause = (help: string): FailureRule => ({ effect: 'pause', anotherAttempt: false, help });
const fail = (help: string): FailureRule => ({ effect: 'fail', anotherAttempt: false, help });
const failAttempt = (help: string): FailureRule => ({ effect: 'fail', anotherAttempt: true, help });

export const FAILURES = {
  ModelRateLimited: retry('wait, or raise the limits of the account'),
  ModelUnavailable: retry('wait: the provider is overloaded or cannot be reached'),
  ModelCallInDoubt: retry('nothing: the call is booked at its worst case and made again'),
  ModelNotUnderstood: pause(
    'see that the address of the provider (OPENAI_BASE_URL) is one of its API, then `flotilla resume`',
  ),
  ModelBillingStopped: pause('add credit or raise the limit at the provider, then `flotilla resume`'),
  ModelAccessDenied: pause('check OPENAI_API_KEY and that the account may use the model, then `flotilla resume`'),
  ModelMismatch: pause(
    'the provider answered with another model than the tier asked for; correct the tier or the provider',
  ),
  ModelRequestRejected: fail('the provider calls the request malformed; the message names the field'),
  ModelContextOverflow: failAttempt('narrow the subtask: its conversation is longer than the model can take'),
  ModelRefused: failAttempt('reword the subtask: the model refused it'),
  ModelContentFiltered: failAttempt('reword the subtask: the provider filtered the answer'),
  ModelOutputTruncated: failAttempt('raise the maxOutputTokens of the tier, or split the subtask'),
  ModelAnswerInvalid: failAttempt('the model kept answering outside the schema; try a larger tier'),
  BudgetExceeded: pause('raise the cap with `flotilla budget ID` (--raise USD, --raise-tokens N, …), or cancel'),
  WallTimeReached: pause('give it more time with `flotilla budget ID --raise-hours H`, or cancel'),
  AllowanceExceeded: fail('raise `budgetUsd` of the subtask in the plan, or make the subtask smaller'),
  BudgetReserved: retry('wait: siblings hold the rest of the budget for calls in flight'),
  ApprovalRefused: fail('start again with a smaller plan or objective, or another threshold (--approve-above)'),
  PlanInvalid: fail('correct the plan; the message lists every problem'),
  /** Of histories from before there was a kind that needs nothing of a model. */
  NothingPlannable: fail(
    'give the tiers models that can do what the kinds need (`flotilla models`, FLOTILLA_TIERS), or pass --plan FILE',
  ),
  PlanMissing: fail('the manager produced no usable plan; reword the objective or pass --plan FILE'),
  WorkspaceUnavailable: fail('name a directory that exists and that the worker can read'),
  WorkspaceTooLarge: fail('point --workspace at a smaller directory, or ignore what need not be read'),
  WorkspaceLeaseLost: retry(
    'nothing: another attempt has taken the workspace over from the last snapshot that was kept',
  ),
  SnapshotInvalid: failAttempt('see the message: the subtask left files that can’t be taken as they are'),
  MapInputInvalid: fail(
    'correct the input at the lines named; which columns are meant is said by textColumn, idColumn and goldColumn (--text-column, …), that there is no row of their names by header: false (--no-header)',
  ),
  SandboxUnavailable: fail(
    'see `flotilla doctor` for what keeps pods from starting on the worker’s host; nothing writes or runs commands without one',
  ),
  SetupFailed: fail('see the output of the setup command; hosts that it needs are named in setup.allowHosts'),
  ChecksFailed: failAttempt('see the output of the checks in the report; the engine ran them itself, on the snapshot'),
  MergeConflict: failAttempt(
    'nothing: the next attempt starts from what was merged meanwhile, and is shown both sides',
  ),
  MergeChecksFailed: failAttempt(
    'nothing: the next attempt starts from what was merged meanwhile, and is shown what fails together',
  ),
  EvidenceMissing: failAttempt('the subagent could not show its findings in the files'),
  ResultRejected: failAttempt('see what the judge missed; reword the acceptance of the subtask, or try a larger tier'),
  AgentRepeatsItself: failAttempt('narrow the subtask: the same action came three times in a row'),
  AgentWithoutProgress: failAttempt('narrow the subtask: several turns in a row brought nothing new'),
  TurnLimitReached: failAttempt('raise limits.maxTurns, or split the subtask'),
  TimeLimitReached: failAttempt('raise limits.maxSubtaskSeconds, or split the subtask'),
  CheckFailed: fail('see the output of the command in the report'),
  CheckTimedOut: fail('raise timeoutSeconds of the check'),
  CheckNotRunnable: fail('the command could not be started: see that its program is installed'),
  DependencyFailed: fail('a subtask that this one needs did not complete'),
  SubagentLost: failAttempt('the child Workflow was terminated from outside'),
  SubtasksFailed: fail('see the failed subtasks in the report'),
  StoreUnavailable: retry('see that the disk of FLOTILLA_HOME is there and not full'),
  StoreCorrupt: fail('an object in the store does not match its hash; restore FLOTILLA_HOME from a backup'),
  Unexpected: failAttempt('this is a defect: please report it with the message'),
} as const satisfies Record<string, FailureRule>;

export type FailureType = keyof typeof FAILURES;

export const isFailureType = (type: string | null | undefined): type is FailureType =>
  type != null && Object.hasOwn(FAILURES, type);

/** A failure as data: what Workflows pass on and reports show. `message` is short and holds no prompt, key or file content. */
export interface FailureNote {
  type: FailureType;
  message: string;
}
