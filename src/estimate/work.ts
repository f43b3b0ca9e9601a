/** What one attempt of a subtask is assumed to come to, by its kind. */
import type { Range } from '../contracts/estimate.ts';
import type { Limits } from '../contracts/limits.ts';
import { mapReadBy } from '../contracts/map-files.ts';
import type { Subtask } from '../contracts/plan.ts';
import { assumedAgent, assumedCall, assumedConversation, type Effort, type Model, tokensOf } from './assumptions.ts';
import { assumedMap } from './map.ts';
import { each, times } from './range.ts';

export interface WorkFacts {
  /** What is still to be done. Their dependencies may name subtasks that are not among them. */
  subtasks: Subtask[];
  limits: Limits;
  textBytes: number;
  /** Of the workspace; and what maps read from elsewhere. */
  files: { path: string; bytes: number }[];
}

export const FINDINGS_PER_DEPENDENCY: Range = { low: 0, likely: 3, high: 10 };
const FINDINGS_PER_CALL = 20;
const TRIAGES_AT_ONCE = 8;
/** Of one finding: as it is shown to a triage, as a triage answers it, as the manager reads it. */
export const FINDING_TOKENS = { shown: 250, sorted: 60, listed: 60 };
/** Of one subtask: as the manager reads it, as another subtask that depends on it does. */
export const RESULT_TOKENS = { listed: 150, dependency: 500 };

export function assumedWork(model: Model, subtask: Exclude<Subtask, { kind: 'check' }>, facts: WorkFacts): Effort {
  switch (subtask.kind) {
    case 'investigate':
    case 'code':
      return assumedInvestigation(model, subtask, facts);
    case 'triage':
      return assumedTriage(model, subtask, facts);
    case 'ask':
      return assumedAsk(model, subtask);
    case 'map':
      return assumedMap(model, subtask, bytesRead(subtask, facts));
  }
}

/** What another map leaves is taken to be as large as what it read: as many items. */
function bytesRead({ input }: Extract<Subtask, { kind: 'map' }>, facts: WorkFacts): number {
  const read = facts.subtasks.find(({ id }) => id === mapReadBy(input.path));
  return read?.kind === 'map' ? bytesRead(read, facts) : inputBytes(facts.files, input.path);
}

function assumedInvestigation(
  model: Model,
  { instructions, paths, dependsOn }: Extract<Subtask, { kind: 'investigate' | 'code' }>,
  { limits, files, textBytes }: WorkFacts,
): Effort {
  const said = Buffer.byteLength(instructions) + Math.min(textBytes, 4000);
  const assignmentTokens = tokensOf(said) + dependsOn.length * RESULT_TOKENS.dependency;
  return assumedAgent(model, limits, { assignmentTokens, scopeBytes: bytesIn(files, paths) });
}

/** As many calls as the findings of what it sorts need, several at once. */
function assumedTriage(
  model: Model,
  { instructions, dependsOn }: Extract<Subtask, { kind: 'triage' }>,
  facts: WorkFacts,
): Effort {
  const commands = new Set(facts.subtasks.filter(({ kind }) => kind === 'check').map(({ id }) => id));
  const sources = dependsOn.filter((id) => !commands.has(id)).length;
  const findings = each((which) => sources * FINDINGS_PER_DEPENDENCY[which]);
  const calls = each((which) => Math.ceil(findings[which] / FINDINGS_PER_CALL));
  const perCall = each((which) => Math.min(findings[which], FINDINGS_PER_CALL));
  const call = assumedCall(
    model,
    each((which) => tokensOf(Buffer.byteLength(instructions)) + perCall[which] * FINDING_TOKENS.shown),
    each((which) => perCall[which] * FINDING_TOKENS.sorted),
  );
  return {
    costMicros: times(call.costMicros, calls),
    seconds: times(
      call.seconds,
      each((which) => Math.ceil(calls[which] / TRIAGES_AT_ONCE)),
    ),
  };
}

/** A conversation of a known number of calls; the first reads what it depends on. */
function assumedAsk(model: Model, { questions, dependsOn }: Extract<Subtask, { kind: 'ask' }>): Effort {
  return assumedConversation(model, {
    givenTokens: dependsOn.length * RESULT_TOKENS.dependency,
    questionTokens: questions.map((question) => tokensOf(Buffer.byteLength(question))),
  });
}

/** Of a file by its name, or of what lies below a folder; a glob is taken for the folder that it begins in. */
const inputBytes = (files: WorkFacts['files'], path: string): number =>
  files.find((file) => file.path === path)?.bytes ?? bytesIn(files, [path.replace(/[^/]*[*?[{].*$/, '')]);

/** Of the files below the paths; of all where none is named, or one stands for everything. */
function bytesIn(files: WorkFacts['files'], paths: string[]): number {
  const folders = paths.map((path) => path.replace(/^(\.?\/)+|\/+$/g, '')).map((path) => (path === '.' ? '' : path));
  const isIn = (path: string): boolean =>
    folders.length === 0 || folders.some((folder) => folder === '' || path === folder || path.startsWith(`${folder}/`));
  return files.filter(({ path }) => isIn(path)).reduce((total, { bytes }) => total + bytes, 0);
}
