/** I12: when a run continues as new. Events and bytes as well as the server's own hint, whichever comes first. */
import { workflowInfo } from '@temporalio/workflow';

const MOST_BYTES = 3_000_000;

export function isHistoryFull(maxEvents: number): boolean {
  const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
  return historyLength >= maxEvents || historySize >= MOST_BYTES || continueAsNewSuggested;
}
