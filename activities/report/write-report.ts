/**
 * `writeReport`: the books, results and texts of an objective as a report. Side effects: objects in the store, and files in the
 * reports folder, the same when it is done again.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ObjectiveInput,
  type Progress,
  ranUnsandboxed,
  type ReportRefs,
  type SubtaskRecord,
} from '../../src/contracts/objective.ts';
import { SynthesisDraftSchema, EvidenceSchema, type SubtaskResult } from '../../src/contracts/results.ts';
import type { Report, ReportSubtask } from '../../src/contracts/report.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { allFindings, completedResults } from '../planning/objective-texts.ts';
import { clip } from '../../src/prompts/sections.ts';
import { answersText } from '../prompts/result-text.ts';
import { changesOf } from './changes.ts';
import type { Services } from '../services.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { booksOf, costOfSubtask } from './books.ts';

export interface WriteReportInput {
  input: ObjectiveInput;
  progress: Progress;
  /** Null when freezing failed. */
  workspaceRef: string | null;
  answerRef: string | null;
  endedAtMs: number;
}

const OUTPUT_CHARACTERS = 8000;

export function createReportActivity({ store, catalogue, reportsFolder }: Services, workspaces: Workspaces) {
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
    const { calls, money } = await booksOf({ store, catalogue }, input, progress.subtasks);
    const subtasks = await Promise.all(
      progress.subtasks.map(async (subtask) => ({
        ...(await reportSubtask(subtask, results.get(subtask.id))),
        costMicros: costOfSubtask(calls, subtask.id),
      })),
    );
    return {
      version: 1,
      objectiveId: input.objectiveId,
      title: input.title,
      text: clip(await store.blobs.getText(input.textRef), OUTPUT_CHARACTERS),
      status: progress.status === 'cancelled' || progress.status === 'failed' ? progress.status : 'completed',
      failure: progress.failure,
      isUnsandboxed: ranUnsandboxed(progress),
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
      changes: await changesOf(store.blobs, workspaceRef ?? '', progress.merged ?? []),
      serialMs: subtasks.reduce(
        (sum, { startedAtMs, endedAtMs: end }) => sum + ((end ?? endedAtMs) - (startedAtMs ?? end ?? endedAtMs)),
        0,
      ),
      ...money,
    };
  }

  async function reportSubtask(
    subtask: SubtaskRecord,
    result: SubtaskResult | undefined,
  ): Promise<Omit<ReportSubtask, 'costMicros'>> {
    const evidence =
      subtask.evidenceRef === null ? null : await store.blobs.getJson(subtask.evidenceRef, EvidenceSchema);
    const output = outputOf(result) ?? evidence?.details ?? '';
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

/** Of kinds whose result is a text and nothing else. */
function outputOf(result: SubtaskResult | undefined): string | undefined {
  if (result?.kind === 'check') return result.output.text;
  return result?.kind === 'ask' ? answersText(result) : undefined;
}
