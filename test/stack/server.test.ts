/** The embedded Temporal server is as it should be, whether its file is new or old. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.ts';
import { missingSearchAttributes } from '../../src/embedded/namespace.ts';
import { temporaryFolder } from '../support/folders.ts';
import { livingIn } from '../support/processes.ts';
import { Product } from '../support/product.ts';
import { startTemporalServer, withConnection } from '../support/temporal-server.ts';

const DAY_SECONDS = 86_400;
const product = new Product(temporaryFolder('flotilla-home'));
const database = join(product.home, 'temporal.db');

async function namespaceOf(connection: Connection) {
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
  const missing = await missingSearchAttributes(connection, 'default');
  return { days: Number(config?.workflowExecutionRetentionTtl?.seconds) / DAY_SECONDS, missing: missing.length };
}

describe('the embedded server on a file that another server made', () => {
  beforeAll(async () => {
    const bare = await startTemporalServer(['--db-filename', database]);
    expect(await withConnection(bare.address, namespaceOf)).toEqual({
      days: 1,
      missing: Object.keys(SEARCH_ATTRIBUTES).length,
    });
    await bare.stop();
    await product.start();
  });
  afterAll(() => product.stop());

  test('keeps closed runs for 30 days and knows our search attributes', async () => {
    const address = product.endpoint.temporalAddress ?? '';
    expect(await withConnection(address, namespaceOf)).toEqual({ days: 30, missing: 0 });
  });

  test('writes its file through a log', () => {
    const file = new DatabaseSync(database, { readOnly: true });
    expect(file.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    file.close();
  });

  test('runs on loopback, with the settings that measured well', async () => {
    const { temporal = 0 } = product.endpoint.processes;
    const server = (await livingIn([temporal])).find(({ pid }) => pid !== temporal);
    for (const setting of [
      '--ip 127.0.0.1 ',
      '--ui-ip 127.0.0.1 ',
      `--db-filename ${database} `,
      '--sqlite-pragma journal_mode=wal ',
      '--sqlite-pragma synchronous=full ',
      '--dynamic-config-value history.transferProcessorMaxPollRPS=2000 ',
      '--dynamic-config-value history.timerProcessorMaxPollRPS=2000 ',
      '--dynamic-config-value matching.enableFairness=true ',
    ]) {
      expect(`${server?.command} `).toContain(setting);
    }
  });

  test('shows its Web UI where the endpoint file says', async () => {
    const page = await fetch(`${product.endpoint.webUi}/namespaces/default/workflows`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
  });
});
