/** What an investigation ends with. The draft is what a model writes; a `Finding` has been checked against the file. */
import { z } from 'zod';

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export const SeveritySchema = z.enum(SEVERITIES);

const LineSchema = z.int().min(1);

/** Model-facing: strict, every property required. Line numbers may be off; the quote may not. */
export const FindingDraftSchema = z.strictObject({
  path: z.string().describe('path of the file, as the tools name it'),
  startLine: LineSchema,
  endLine: LineSchema,
  quote: z.string().describe('the lines themselves, copied exactly, 1 to 20 of them'),
  severity: SeveritySchema,
  title: z.string().describe('one line'),
  explanation: z.string().describe('why it matters, and what would mend it'),
});
export type FindingDraft = z.infer<typeof FindingDraftSchema>;

/** Evidence that exists: `quote` stands in `path` at `startLine`–`endLine` of the frozen workspace. */
export const FindingSchema = FindingDraftSchema.extend({ id: z.string() });
export type Finding = z.infer<typeof FindingSchema>;

/** After triage: one entry per distinct finding; `duplicates` are the ids that were merged into it. */
export const TriagedFindingSchema = FindingSchema.extend({ area: z.string(), duplicates: z.array(z.string()) });
export type TriagedFinding = z.infer<typeof TriagedFindingSchema>;
