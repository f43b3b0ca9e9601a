/** What a namespace needs for us: retention, and our search attributes. */
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';

export const NAMESPACE = 'default';
const RETENTION = '30 days';

/** `temporal.api.enums.v1.IndexedValueType` (github.com/temporalio/api/blob/master/temporal/api/enums/v1/common.proto). */
const TYPES = { KEYWORD: 2, DOUBLE: 4 };

/** The dev server keeps closed runs for a day by default, and takes its options only when a file is new: so it is told each time. */
export async function prepareNamespace(connection: Connection): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace: NAMESPACE,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
  });
  const missing = await missingSearchAttributes(connection, NAMESPACE);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace: NAMESPACE,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, TYPES[SEARCH_ATTRIBUTES[name]]])),
  });
}

type Name = keyof typeof SEARCH_ATTRIBUTES;

/** Those of ours that the server lacks. Throws where it can't be asked: a managed service hides that door. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<Name[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return (Object.keys(SEARCH_ATTRIBUTES) as Name[]).filter((name) => !Object.hasOwn(customAttributes, name));
}
