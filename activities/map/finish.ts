/**
 * `finishMap`: what a map leaves. Side effects: results, dead letters, a table and a summary as files in the reports folder and as objects in the
 * store, the same when it is done again.
 */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { MapDocuments } from '../../src/contracts/map.ts';
import type { SubtaskOutcome } from '../../src/contracts/objective.ts';
import type { SubtaskResult } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { summaryText } from '../../src/map/output/summary-text.ts';
import { type MapOutput, writeOutput } from '../../src/map/output/write-output.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { reviewFindings } from './findings.ts';
import { plannedMap } from './question.ts';
import { comparisonsOf, roundsOf } from './comparisons.ts';
import { rankedResults } from './ranked.ts';

export interface FinishInput {
  assignment: Assignment;
  itemsRef: string;
  /** Of a ranking whose close items were compared, a round each. */
  pairsRefs: string[];
}

type Finished = Pick<Extract<SubtaskOutcome, { status: 'completed' }>, 'resultRef' | 'summary' | 'findings'>;

export function createFinishMapActivity({ store, reportsFolder }: Services) {
  const { blobs } = store;

  async function finishMap({ assignment, itemsRef, pairsRefs }: FinishInput): Promise<Finished> {
    return underHeartbeat(async () => {
      const { operation } = await plannedMap(blobs, assignment);
      const { objectiveId, subtask, attempt } = assignment;
      const address = { objectiveId, subtaskId: subtask.id, attempt };
      const shards = await store.items.shards({ ...address, phase: 'items' });
      const refs = shards.map(({ resultsRef }) => resultsRef);
      const rounds = await roundsOf(store.items, address, pairsRefs.length);
      const resultRefs =
        operation.name === 'rank' ? await rankedResults(blobs, refs, await comparisonsOf(blobs, rounds)) : refs;
      const { files, summary: figures } = await writeOutput(blobs, {
        ...{ itemsRef, resultRefs, operation, hasCsv: true },
        calls: [...shards, ...rounds.flat()].reduce((sum, { counts }) => sum + counts.calls, 0),
        folder: join(reportsFolder, objectiveId, subtask.id),
        signal: Context.current().cancellationSignal,
      });
      const findings = operation.name === 'review' ? await reviewFindings(blobs, itemsRef, refs, subtask.id) : [];
      const summary = summaryText(figures, findings.length);
      const documents = documentsOf(itemsRef, files);
      const result: SubtaskResult = { kind: 'map', summary, operation: operation.name, findings, figures, documents };
      return { resultRef: await blobs.putJson(result), summary, findings: findings.length };
    });
  }

  return { finishMap };
}

function documentsOf(items: string, files: MapOutput['files']): MapDocuments {
  const refOf = (name: string): string => files.find((file) => file.name === name)?.ref ?? '';
  return {
    items,
    results: refOf('results.jsonl'),
    deadLetters: refOf('dead-letters.jsonl'),
    csv: refOf('results.csv'),
  };
}
