/**
 * `review`: what there is to find in a piece of text or code. Result: `{findings}`, on the true lines of the file; a finding whose quote
 * does not stand in the piece is a problem.
 */
import { z } from 'zod';
import { FindingDraftSchema } from '../../contracts/finding.ts';
import type { Item } from '../../contracts/map.ts';
import { problemText, zodProblems } from '../../contracts/parse-plan.ts';
import { strictSchema } from '../../model/strict-schema.ts';
import { section } from '../../prompts/sections.ts';
import { placeQuote } from '../../quotes.ts';
import { linesOf } from '../../text-lines.ts';
import { operationFrom } from './from-rules.ts';
import { dataSection, ITEM } from './items.ts';
import type { OperationDefinition, SettingsOf, Verdict } from './operation.ts';

const MOST_FINDINGS = 30;

const DraftSchema = FindingDraftSchema.omit({ path: true });
const ReviewSchema = z.strictObject({ findings: z.array(DraftSchema).max(MOST_FINDINGS) });
type Draft = z.infer<typeof DraftSchema>;

/** One piece's finding. Without a path where the piece is of no file. */
export type PieceFinding = Draft & { path?: string };

const VERSION = 1;

export const review: OperationDefinition<SettingsOf<'review'>> = {
  isPackable: false,
  hasConfidence: false,
  problems: () => [],
  create: ({ lookFor }) =>
    operationFrom({
      name: 'map-review',
      version: VERSION,
      settings: { lookFor },
      instructions: [
        `You review one piece of a text, all of it. Each of its lines has its number before it. Report what the text in <look-for> asks for, at most ${MOST_FINDINGS} findings, each with its lines and a quote of 1 to 20 whole lines, copied exactly and without the numbers; a finding whose quote does not stand in the piece is sent back. No findings is a good answer.`,
        section('look-for', lookFor),
      ].join('\n\n'),
      sections: [ITEM],
      answer: strictSchema(ReviewSchema),
      inPack: 'beside-id',
      show: pieceSection,
      judge: judgeFindings,
    }),
};

const firstLine = ({ file }: Item): number => file?.startLine ?? 1;

function pieceSection(item: Item, id?: number): string {
  const first = firstLine(item);
  const numbered = linesOf(item.text).map((line, index) => `${first + index}| ${line}`);
  return dataSection(ITEM, numbered.join('\n'), { id, path: item.file?.path });
}

function judgeFindings(answer: unknown, item: Item): Verdict {
  const parsed = ReviewSchema.safeParse(answer);
  if (!parsed.success) return { problems: zodProblems(parsed.error).map(problemText) };
  const lines = linesOf(item.text);
  const placed = parsed.data.findings.map((draft) => onTrueLines(draft, lines, item));
  const findings = placed.flatMap(({ finding }) => finding ?? []);
  const problems = placed.flatMap(({ problem }, index) =>
    problem === undefined ? [] : [`Finding ${index + 1}: ${problem}`],
  );
  if (problems.length === 0) return { value: { findings } };
  return { problems, ...(findings.length > 0 && { usable: { findings } }) };
}

function onTrueLines(
  draft: Draft,
  lines: string[],
  item: Item,
): { finding: PieceFinding; problem?: never } | { finding?: never; problem: string } {
  const before = firstLine(item) - 1;
  const placed = placeQuote(lines, { quote: draft.quote, near: draft.startLine - before }, 'the piece');
  if (placed.problem !== undefined) return { problem: placed.problem };
  const { startLine, endLine, quote } = placed;
  const path = item.file && { path: item.file.path };
  return { finding: { ...draft, ...path, startLine: startLine + before, endLine: endLine + before, quote } };
}
