/** `flotilla up --server none`: workers against a Temporal server that somebody else runs, with our search attributes and without them. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import { missingSearchAttributes } from '../../src/embedded/namespace.ts';
import { startStandIn } from '../../src/standin/server.ts';
import { temporaryFolder } from '../support/folders.ts';
import { managedServiceOver } from '../support/managed-service.ts';
import { Product } from '../support/product.ts';
import { fixtureRepository } from '../support/repository.ts';
import { startTemporalServer, withConnection } from '../support/temporal-server.ts';
import { until } from '../support/until.ts';

const NAMESPACE = 'team';
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function upAgainst(address: string, ...flags: string[]): Promise<Product> {
  const standIn = await startStandIn();
  const environment = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    OPENAI_BASE_URL: standIn.baseUrl,
  };
  const product = new Product(temporaryFolder('flotilla-home'), environment);
  closers.push(
    () => product.stop(),
    () => standIn.close(),
  );
  await product.up(['--server', 'none', ...flags]);
  return product;
}

async function expectCompleted(product: Product): Promise<void> {
  const { exitCode, stdout } = await product.cli('run', 'Find what is risky.', '-w', fixtureRepository(), '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', subtasks: { length: 5 } });
}

const missing = (connection: Connection): Promise<string[]> => missingSearchAttributes(connection, NAMESPACE);

const countOf = (query: string) => async (connection: Connection) => {
  const { count } = await connection.workflowService.countWorkflowExecutions({ namespace: NAMESPACE, query });
  return Number(count);
};

describe('workers alone', () => {
  test('register the search attributes in their namespace, carry out an objective, and can be filtered by them', async () => {
    const { address } = await startTemporalServer(['--namespace', NAMESPACE]);
    expect(await withConnection(address, missing)).toHaveLength(5);
    const product = await upAgainst(address);
    expect(await withConnection(address, missing)).toEqual([]);
    expect(Object.keys(product.endpoint.processes).toSorted()).toEqual(['manager', 'mini', 'nano']);
    expect(product.endpoint).toMatchObject({ temporalAddress: null, webUi: null, namespace: NAMESPACE });
    expect(product.output).toContain(`Temporal server  ${address}, namespace ${NAMESPACE}`);
    expect(product.output).not.toContain('search-attribute');
    await expectCompleted(product);
    // The server's index follows the runs.
    await until(async () => (await withConnection(address, countOf("FlotillaStatus = 'completed'"))) > 0);
    await until(async () => (await withConnection(address, countOf("FlotillaKind = 'investigate'"))) === 4);
  });

  test('work without search attributes where a service hides that door, and say how to register them', async () => {
    const { address } = await startTemporalServer(['--namespace', NAMESPACE]);
    const service = await managedServiceOver(address);
    const product = await upAgainst(service.address);
    expect(service.refusals).toBeGreaterThan(0);
    expect(product.output).toContain('unknown service temporal.api.operatorservice.v1.OperatorService');
    expect(product.output).toContain('Everything works without them.');
    expect(product.output).toContain(
      'temporal operator search-attribute create --namespace team --name FlotillaStatus --type Keyword ' +
        '--name FlotillaKind --type Keyword --name FlotillaTier --type Keyword --name FlotillaCostUsd --type Double ' +
        '--name FlotillaCapUsd --type Double\n',
    );
    expect(product.output).toContain(
      'tcld namespace search-attributes add --namespace team --sa FlotillaStatus=Keyword --sa FlotillaKind=Keyword ' +
        '--sa FlotillaTier=Keyword --sa FlotillaCostUsd=Double --sa FlotillaCapUsd=Double\n',
    );
    await expectCompleted(product);
    expect(await withConnection(address, missing)).toHaveLength(5);
  });

  test('of one tier are that one worker, and doctor says which others are missing', async () => {
    const { address } = await startTemporalServer(['--namespace', NAMESPACE]);
    const product = await upAgainst(address, '--workers', 'mini');
    expect(Object.keys(product.endpoint.processes)).toEqual(['mini']);
    const { exitCode, stdout } = await product.cli('doctor', '--json');
    expect(exitCode).toBe(1);
    const findings = JSON.parse(stdout) as { name: string; status: string; help: string }[];
    const workers = findings.filter(({ name }) => name.startsWith('worker '));
    expect(workers.map(({ name, status }) => [name, status])).toEqual([
      ['worker manager', 'failed'],
      ['worker mini', 'ok'],
      ['worker nano', 'failed'],
    ]);
    expect(workers[0]?.help).toBe(
      `The stack that holds ${product.home} (process ${product.supervisorPid}) runs without it. End that one, and start all workers: flotilla up --server none`,
    );
    // Nobody holds this one, so a stack of one worker can be started on it.
    const elsewhere = new Product(temporaryFolder('flotilla-home'), {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: NAMESPACE,
    });
    expect((await elsewhere.cli('doctor')).stdout).toContain('Start one: flotilla up --server none --workers manager');
  });
});
