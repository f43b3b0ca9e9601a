/** A report with everything that a report can hold, and the same with another text wherever text from outside can stand. */
import type { Report, ReportSubtask } from '../../src/contracts/report.ts';

export const reportSubtask = (id: string, change: Partial<ReportSubtask> = {}): ReportSubtask => ({
  ...{ id, title: `Subtask ${id}`, kind: 'investigate', round: 1, dependsOn: [], state: 'completed', attempts: 1 },
  ...{ runsOn: 'mini', startedAtMs: 0, endedAtMs: 1000, summary: 'done', findings: 1 },
  ...{ failure: null, isReplaced: false, output: '' },
  ...change,
});

export const report = (change: Partial<Report> = {}): Report => ({
  ...{ version: 1, objectiveId: 'find-risks', title: 'Find risks', text: 'Find risks', status: 'failed' },
  ...{ failure: { type: 'SubtasksFailed', message: 'one did not complete' }, isStandIn: true },
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
  ...{ serialMs: 35_000, budgetMicros: 5_000_000, costMicros: 1500 },
  spend: [
    {
      ...{ tier: 'mini', model: 'gpt-5.4-mini', calls: 2, inputTokens: 1000, cachedInputTokens: 100, outputTokens: 50 },
      ...{ reasoningTokens: 20, settledMicros: 1500, inDoubtMicros: 0 },
    },
  ],
  ...change,
});

/** Everything that a model, a tool, a file or a caller wrote, replaced. Ids, kinds, states and tiers are the engine's. */
export function withText(text: string): Report {
  const { workspace, findings, rounds, subtasks, spend, ...rest } = report();
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
    subtasks: subtasks.map((subtask) => ({
      ...{ ...subtask, title: text, summary: text, output: text },
      failure: subtask.failure && { ...subtask.failure, message: text },
    })),
    spend: spend.map((line) => ({ ...line, model: text })),
  };
}
