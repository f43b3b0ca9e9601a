/**
 * `node test/replay/record.ts [VERSION [SCENARIO…]]`: runs the scenarios on the built product and keeps their histories. By hand, when Workflow code changes what
 * it does: as the next version, beside the ones that runs may still be open for. Needs `npm run build` before.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowClient } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { objectiveWorkflowId } from '../../src/contracts/addresses.ts';
import { Product } from '../support/product.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const FILES = {
  'README.md': '# Fixture\n',
  'src/cart.ts': 'export function total(prices: number[]): number {\n  // TODO handle currencies\n  return 0;\n}\n',
  'rows.jsonl': '{"id":"1","text":"Good."}\n{"id":"2","text":"Bad."}\n',
  'src/run.ts': 'export const run = (code: string): unknown => eval(code);\n',
};

/** What replay does not read: it says where this was recorded, or is long. */
const LEFT_OUT = ['stackTrace', 'userMetadata', 'workerVersion', 'requestId', 'namespaceId', 'taskId'];

const HISTORIES = fileURLToPath(new URL('histories', import.meta.url));
const [version = 'v1', ...wanted] = process.argv.slice(2);

const scratch = mkdtempSync(join(tmpdir(), 'flotilla-record-'));
const workspace = join(scratch, 'workspace');
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}
const product = new Product(join(scratch, 'home'));
await product.start();
const connection = await Connection.connect({ address: product.endpoint.temporalAddress ?? '' });
const { workflow } = new Client({ connection, namespace: product.endpoint.namespace });
try {
  for (const scenario of SCENARIOS) if (wanted.length === 0 || wanted.includes(scenario.id)) await record(scenario);
} finally {
  await connection.close();
  await product.stop();
  rmSync(scratch, { recursive: true, force: true });
}

async function record({ id, options, script, steer, keep, keepBefore = {} }: Scenario): Promise<void> {
  product.script = script ?? (() => null);
  const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace, id, ...options });
  await Promise.all([handle.result(), steer?.(handle, workflow, product)]);
  const workflowIdOf = (child: string | null): string =>
    [objectiveWorkflowId(id), ...(child === null ? [] : [child])].join('/');
  for (const [name, child] of Object.entries(keep)) await write(name, workflowIdOf(child), 'last');
  for (const [name, child] of Object.entries(keepBefore)) await write(name, workflowIdOf(child), 'before');
}

async function write(name: string, workflowId: string, run: 'last' | 'before'): Promise<void> {
  const history = await historyOf(workflow, workflowId, run);
  const json = JSON.stringify(scrubbed(JSON.parse(historyToJSON(history))));
  writeFileSync(join(HISTORIES, `${name}.${version}.json`), `${json}\n`);
  console.log(`${name}: ${history.events?.length ?? 0} events, ${json.length} bytes`);
}

async function historyOf(from: WorkflowClient, workflowId: string, run: 'last' | 'before') {
  const last = await from.getHandle(workflowId).fetchHistory();
  if (run === 'last') return last;
  const before = last.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  if (!before) throw new Error(`${workflowId} did not continue as new.`);
  return from.getHandle(workflowId, before).fetchHistory();
}

/** Without hosts, processes and paths of code. The flags of the SDK stay: without them a replay notices less. */
function scrubbed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrubbed);
  if (typeof value !== 'object' || value === null) return value;
  const isSticky = 'kind' in value && value.kind === 'TASK_QUEUE_KIND_STICKY';
  const kept = Object.entries(value).filter(([key]) => !LEFT_OUT.includes(key));
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      key === 'identity' || (isSticky && key === 'name') ? 'recorded' : scrubbed(inner),
    ]),
  );
}
