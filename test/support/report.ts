/** A report with everything that a report can hold, and the same with another text wherever text from outside can stand. */
import type { Report, ReportSubtask } from '../../src/contracts/report.ts';
import type { CallGroup } from '../../src/store/ledger.ts';

export const reportSubtask = (id: string, change: Partial<ReportSubtask> = {}): ReportSubtask => ({
  ...{ id, title: `Subtask ${id}`, kind: 'investigate', round: 1, dependsOn: [], state: 'completed', attempts: 1 },
  ...{ runsOn: 'mini', startedAtMs: 0, endedAtMs: 1000, summary: 'done', findings: 1 },
  ...{ failure: null, isReplaced: false, output: '', costMicros: 750 },
  ...change,
});

export const report = (change: Partial<Report> = {}): Report => ({
  ...{ version: 1, objectiveId: 'find-risks', title: 'Find risks', text: 'Find risks', status: 'failed' },
  ...{ failure: { type: 'SubtasksFailed', message: 'one did not complete' }, isStandIn: true, isUnsandboxed: false },
  ...{ startedAtMs: Date.UTC(2026, 0, 1), endedAtMs: Date.UTC(2026, 0, 1) + 30_000 },
  workspace: {
    path: '/work',
    ref: 'sha256:1',
    files: 3,
    bytes: 1234,
    leftOut: [{ path: 'link', reason: 'a symlink' }],
  },
  ...{ answer: 'See [a-1].', keyFindings: ['a-1'], uncertain: ['not sure'] },
  findings: [
    {
      ...{ id: 'a-1', path: 'src/a.ts', startLine: 3, endLine: 4, quote: 'eval(x)', severity: 'high', title: 'eval' },
      ...{ explanation: 'it runs', area: 'injection', duplicates: ['b-1'] },
    },
  ],
  rounds: [{ round: 1, rationale: 'split', added: 2 }],
  subtasks: [
    reportSubtask('a'),
    reportSubtask('b', {
      state: 'failed',
      failure: { type: 'ModelRefused', message: 'refused' },
      output: 'what it said',
    }),
  ],
  changes: [
    {
      ...{ subtaskId: 'c', title: 'Mend it', protected: ['test/a.test.ts'], isUnsandboxed: true },
      files: [{ path: 'src/c.ts', change: 'changed' }],
    },
  ],
  ...{ serialMs: 35_000, budgetMicros: 5_000_000, costMicros: 1500 },
  spend: [
    {
      ...{ tier: 'mini', model: 'gpt-5.4-mini', calls: 2, inputTokens: 1000, cachedInputTokens: 100, outputTokens: 50 },
      ...{ reasoningTokens: 20, settledMicros: 1500, inDoubtMicros: 0 },
    },
  ],
  costs: {
    ...{ planningMicros: 200, judgingMicros: 100, answerMicros: 300, acceptedMicros: 600, notAcceptedMicros: 300 },
    ...{ acceptedSubtasks: 1, perAcceptedMicros: 1500, cacheHitRate: 0.1 },
    ...{ unusableMicros: 40, repaidMicros: 30, inDoubtMicros: 0 },
  },
  counterfactual: {
    ...{ flagship: 'gpt-5.4', costMicros: 1500, lowMicros: 1200, highMicros: 6000 },
    cases: [
      { name: 'accepted-only', means: 'right at once', costMicros: 1200 },
      { name: 'same-tokens', means: 'the same', costMicros: 6000 },
    ],
    ...{ savedMicros: { low: -300, high: 4500 }, savedPercent: { low: -25, high: 75 } },
    assumptions: ['A token is a token.'],
  },
  ...change,
});

/** Everything that a model, a tool, a file or a caller wrote, replaced. Ids, kinds, states and tiers are the engine's. */
export function withText(text: string): Report {
  const { workspace, findings, rounds, subtasks, changes, spend, counterfactual, ...rest } = report();
  return {
    ...{
      ...rest,
      title: text,
      text,
      answer: text,
      uncertain: [text],
      failure: { type: 'SubtasksFailed', message: text },
    },
    workspace: { ...workspace, path: text, leftOut: [{ path: text, reason: text }] },
    findings: findings.map((finding) => ({
      ...{ ...finding, path: text, quote: text, title: text, explanation: text, area: text },
    })),
    rounds: rounds.map((round) => ({ ...round, rationale: text })),
    changes: changes.map((change) => ({
      ...{ ...change, title: text, protected: [text] },
      files: change.files.map((file) => ({ ...file, path: text })),
    })),
    subtasks: subtasks.map((subtask) => ({
      ...{ ...subtask, title: text, summary: text, output: text },
      failure: subtask.failure && { ...subtask.failure, message: text },
    })),
    spend: spend.map((line) => ({ ...line, model: text })),
    counterfactual: counterfactual && { ...counterfactual, flagship: text, assumptions: [text] },
  };
}

/** One call that used and cost nothing. */
export const callGroup = (change: Partial<CallGroup> = {}): CallGroup => ({
  ...{ subtaskId: 'a', attempt: 1, purpose: 'turn', tier: 'mini', model: 'gpt-5.4-mini', isLong: false, calls: 1 },
  ...{ inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, settledMicros: 0, inDoubtMicros: 0 },
  ...{ unusableMicros: 0, repaidMicros: 0, untoldMicros: 0, standInCalls: 0 },
  ...change,
});
