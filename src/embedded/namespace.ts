/** What a namespace needs for us: retention, and our search attributes. */
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';

export const NAMESPACE = 'default';
/** gRPC's code of a namespace that is not there (grpc.io/docs/guides/status-codes). */
export const NOT_FOUND = 5;
const RETENTION = '30 days';

/** `temporal.api.enums.v1.IndexedValueType` (github.com/temporalio/api/blob/master/temporal/api/enums/v1/common.proto), and its name on command lines. */
const TYPES = { KEYWORD: { code: 2, word: 'Keyword' }, DOUBLE: { code: 4, word: 'Double' } };

/** The dev server keeps closed runs for a day by default, and takes its options only when a file is new: so it is told each time. */
export async function prepareNamespace(connection: Connection): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace: NAMESPACE,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
  });
  await registerSearchAttributes(connection, NAMESPACE);
}

/** Throws where the server does not let us: a managed service hides that door, and another asks who may pass. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, TYPES[SEARCH_ATTRIBUTES[name]].code])),
  });
}

export const namespaceHelp = (namespace: string): string =>
  `Set TEMPORAL_NAMESPACE to one that it has, or make it: temporal operator namespace create --namespace ${namespace}`;

/** How somebody who may registers them: two commands, one for a server of one's own, one for Temporal Cloud. */
export function registrationHelp(namespace: string): string {
  const attributes = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => ({ name, type: TYPES[type].word }));
  const create = attributes.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
  const add = attributes.map(({ name, type }) => `--sa ${name}=${type}`).join(' ');
  return (
    `Everything works without them. To filter by them, register them: temporal operator search-attribute create --namespace ${namespace} ${create}\n` +
    `On Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${add}`
  );
}

type Name = keyof typeof SEARCH_ATTRIBUTES;

/** Those of ours that the server lacks. Throws where it can't be asked: a managed service hides that door. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<Name[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return (Object.keys(SEARCH_ATTRIBUTES) as Name[]).filter((name) => !Object.hasOwn(customAttributes, name));
}
