/** What subtasks leave in the store, and what the manager writes from it. */
import { z } from 'zod';
import { type Finding, FindingDraftSchema, FindingSchema, SeveritySchema, TriagedFindingSchema } from './finding.ts';
import { MapDocumentsSchema, OPERATION_NAMES } from './map.ts';
import { SubtaskDraftSchema } from './plan.ts';

/** Model-facing: the argument of `finish` for kind `investigate`. */
export const InvestigationDraftSchema = z.strictObject({
  summary: z.string().describe('what you looked at and what you found, at most 100 words'),
  findings: z.array(FindingDraftSchema),
  uncertain: z.array(z.string()).describe('what you could not settle'),
});

/** Output of a command: whole when short, else its head and tail. */
const CapturedOutputSchema = z.object({ text: z.string(), bytes: z.int(), isCut: z.boolean() });
export type CapturedOutput = z.infer<typeof CapturedOutputSchema>;

/** How a named command ended on a state of the files. */
const CheckEndSchema = z.object({
  name: z.string(),
  command: z.string(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** Missing in results of before it was kept. */
  isTimedOut: z.boolean().optional(),
  durationMs: z.number(),
  output: CapturedOutputSchema,
});
export type CheckEnd = z.infer<typeof CheckEndSchema>;

export const FileChangeSchema = z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed']) });
export type FileChange = z.infer<typeof FileChangeSchema>;

/** Model-facing: the argument of `finish` for kind `code`. */
export const CodeDraftSchema = z.strictObject({
  summary: z
    .string()
    .describe('what you changed and why, at most 100 words; the first line becomes the title of a commit'),
});

export const SubtaskResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('investigate'),
    summary: z.string(),
    findings: z.array(FindingSchema),
    uncertain: z.array(z.string()),
  }),
  CheckEndSchema.extend({ kind: z.literal('check') }),
  z.object({ kind: z.literal('triage'), summary: z.string(), findings: z.array(TriagedFindingSchema) }),
  z.object({
    kind: z.literal('map'),
    summary: z.string(),
    operation: z.enum(OPERATION_NAMES),
    /** Of a `review`, one of each. */
    findings: z.array(FindingSchema),
    figures: z.unknown(),
    documents: MapDocumentsSchema,
  }),
  z.object({
    kind: z.literal('code'),
    summary: z.string(),
    /** The state of the files that it began with, and the one that it ends with. */
    baseRef: z.string(),
    snapshotRef: z.string(),
    changes: z.array(FileChangeSchema),
    /** Changes beside these that nobody would want: ignored files, what belongs to git. */
    hidden: z.int().default(0),
    /** Of the changes, those of files that were judged as they had been. */
    protected: z.array(z.string()),
    checks: z.array(CheckEndSchema),
    /** By an operator's word, commands ran outside of a sandbox. */
    isUnsandboxed: z.boolean().default(false),
  }),
  z.object({
    kind: z.literal('ask'),
    summary: z.string(),
    /** In the order of the questions. */
    answers: z.array(z.object({ question: z.string(), answer: z.string() })),
  }),
]);
export type SubtaskResult = z.infer<typeof SubtaskResultSchema>;
/** What a result brings to be read and sorted; kinds that only do something bring none. */
export const findingsOf = (result: SubtaskResult): Finding[] => ('findings' in result ? result.findings : []);

export type AskResult = Extract<SubtaskResult, { kind: 'ask' }>;
export type CheckResult = Extract<SubtaskResult, { kind: 'check' }>;
export type CodeResult = Extract<SubtaskResult, { kind: 'code' }>;
export type MapResult = Extract<SubtaskResult, { kind: 'map' }>;

/** What an attempt leaves behind when it fails: given to the next attempt and shown in the report. */
export const EvidenceSchema = z.object({ type: z.string(), message: z.string(), details: z.string() });
export type Evidence = z.infer<typeof EvidenceSchema>;

/** Model-facing: the manager's word on one result that checks can't tell about. */
export const JudgementDraftSchema = z.strictObject({
  verdict: z.enum(['accept', 'reject']),
  reason: z.string().describe('one or two sentences'),
  missing: z
    .array(z.string())
    .describe('when rejected: what the next attempt must bring, a line each; otherwise empty'),
});

/** Model-facing: the manager's judgement once nothing is left to start. */
export const ReviewDraftSchema = z.strictObject({
  verdict: z.enum(['sufficient', 'extend']),
  reason: z.string().describe('one or two sentences'),
  subtasks: z.array(SubtaskDraftSchema).describe('what to add when the verdict is extend; otherwise empty'),
  replaces: z.array(z.string()).describe('ids of failed subtasks that the new ones make up for'),
});

/** Model-facing: the manager's answer to the caller. */
export const SynthesisDraftSchema = z.strictObject({
  answer: z.string().describe('the answer to the objective, in Markdown; refer to findings by id, e.g. [errors-2]'),
  keyFindings: z.array(z.string()).describe('ids of the findings that matter most, most important first'),
  uncertain: z.array(z.string()).describe('what remains open'),
});

/** Model-facing: one Nano call of a triage, answering by id. */
export const TriageDraftSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      severity: SeveritySchema,
      area: z.string().describe('two or three words, the same for findings of one area'),
      duplicateOf: z.string().nullable().describe('id of an earlier finding that says the same; otherwise null'),
    }),
  ),
});
export type TriageDraft = z.infer<typeof TriageDraftSchema>;
