/**
 * `writeReport`: the books, results and texts of an objective as a report. Side effects: objects in the store, and files in the
 * reports folder, the same when it is done again.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectiveInput, Progress, ReportRefs, SubtaskRecord } from '../../src/contracts/objective.ts';
import { SynthesisDraftSchema, EvidenceSchema, type SubtaskResult } from '../../src/contracts/results.ts';
import type { Report, ReportSubtask, SpendLine } from '../../src/contracts/report.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { SubtaskSpend } from '../../src/store/journal.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { allFindings, completedResults } from '../planning/objective-texts.ts';
import { clip } from '../prompts/sections.ts';
import type { Services } from '../services.ts';
import type { Workspaces } from '../workspace/workspaces.ts';

export interface WriteReportInput {
  input: ObjectiveInput;
  progress: Progress;
  /** Null when freezing failed. */
  workspaceRef: string | null;
  answerRef: string | null;
  endedAtMs: number;
}

const OUTPUT_CHARACTERS = 8000;

export function createReportActivity({ store, reportsFolder }: Services, workspaces: Workspaces) {
  async function writeReport(written: WriteReportInput): Promise<ReportRefs> {
    return underHeartbeat(async () => {
      const report = await gather(written);
      const documents = {
        json: JSON.stringify(report, null, 2),
        markdown: renderMarkdown(report),
        html: renderHtml(report),
      };
      await writeFiles(report.objectiveId, documents);
      return {
        json: await store.blobs.put(documents.json),
        markdown: await store.blobs.put(documents.markdown),
        html: await store.blobs.put(documents.html),
      };
    });
  }

  async function gather({ input, progress, workspaceRef, answerRef, endedAtMs }: WriteReportInput): Promise<Report> {
    const completed = await completedResults(store.blobs, progress.subtasks);
    const answer = answerRef === null ? null : await store.blobs.getJson(answerRef, SynthesisDraftSchema);
    const manifest = workspaceRef === null ? null : (await workspaces.open(workspaceRef)).manifest;
    const results = new Map(completed.map(({ id, result }) => [id, result]));
    const lines = await store.ledger.spend(input.objectiveId);
    const subtasks = await Promise.all(
      progress.subtasks.map((subtask) => reportSubtask(subtask, results.get(subtask.id))),
    );
    return {
      version: 1,
      objectiveId: input.objectiveId,
      title: input.title,
      text: clip(await store.blobs.getText(input.textRef), OUTPUT_CHARACTERS),
      status: progress.status === 'cancelled' || progress.status === 'failed' ? progress.status : 'completed',
      failure: progress.failure,
      isStandIn: lines.some(({ standInCalls }) => standInCalls > 0),
      startedAtMs: progress.startedAtMs,
      endedAtMs,
      workspace: {
        path: input.workspacePath,
        ref: workspaceRef ?? '',
        files: manifest?.files.length ?? 0,
        bytes: manifest?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
        leftOut: manifest?.leftOut ?? [],
      },
      answer: answer?.answer ?? '',
      keyFindings: answer?.keyFindings ?? [],
      uncertain: [
        ...(answer?.uncertain ?? []),
        ...completed.flatMap(({ result }) => (result.kind === 'investigate' ? result.uncertain : [])),
      ],
      findings: allFindings(completed),
      rounds: progress.rounds,
      subtasks,
      serialMs: subtasks.reduce(
        (sum, { startedAtMs, endedAtMs: end }) => sum + ((end ?? endedAtMs) - (startedAtMs ?? end ?? endedAtMs)),
        0,
      ),
      budgetMicros: (await store.ledger.account(input.objectiveId))?.micros.cap ?? null,
      costMicros: lines.reduce((sum, line) => sum + line.settledMicros + line.inDoubtMicros, 0),
      spend: spendByTier(lines),
    };
  }

  async function reportSubtask(subtask: SubtaskRecord, result: SubtaskResult | undefined): Promise<ReportSubtask> {
    const evidence =
      subtask.evidenceRef === null ? null : await store.blobs.getJson(subtask.evidenceRef, EvidenceSchema);
    const output = result?.kind === 'check' ? result.output.text : (evidence?.details ?? '');
    const {
      id,
      title,
      kind,
      round,
      dependsOn,
      state,
      attempt,
      runsOn,
      startedAtMs,
      endedAtMs,
      summary,
      findings,
      failure,
      isReplaced,
    } = subtask;
    return {
      id,
      title,
      kind,
      round,
      dependsOn,
      state,
      attempts: attempt,
      runsOn,
      startedAtMs,
      endedAtMs,
      summary,
      findings,
      failure,
      isReplaced,
      output: clip(output, OUTPUT_CHARACTERS),
    };
  }

  async function writeFiles(
    objectiveId: string,
    documents: Record<'json' | 'markdown' | 'html', string>,
  ): Promise<void> {
    const folder = join(reportsFolder, objectiveId);
    await mkdir(folder, { recursive: true });
    const files = { 'report.json': documents.json, 'report.md': documents.markdown, 'report.html': documents.html };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, `.${name}`), text);
      await rename(join(folder, `.${name}`), join(folder, name));
    }
  }

  return { writeReport };
}

/** One line per tier and model, in the order of the tiers' first calls. */
function spendByTier(lines: SubtaskSpend[]): SpendLine[] {
  const byTier = new Map<string, SpendLine>();
  for (const line of lines) {
    const key = `${line.tier} ${line.model}`;
    const { tier, model } = line;
    const sum = byTier.get(key) ?? {
      tier,
      model,
      calls: 0,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      settledMicros: 0,
      inDoubtMicros: 0,
    };
    byTier.set(key, {
      tier,
      model,
      calls: sum.calls + line.calls,
      inputTokens: sum.inputTokens + line.inputTokens,
      cachedInputTokens: sum.cachedInputTokens + line.cachedInputTokens,
      outputTokens: sum.outputTokens + line.outputTokens,
      reasoningTokens: sum.reasoningTokens + line.reasoningTokens,
      settledMicros: sum.settledMicros + line.settledMicros,
      inDoubtMicros: sum.inDoubtMicros + line.inDoubtMicros,
    });
  }
  return [...byTier.values()];
}
