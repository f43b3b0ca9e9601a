/** The life of a stack: how it ends, what it leaves, who may share its home. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { readEndpoint } from '../../src/embedded/endpoint.ts';
import { claimPort } from '../../src/embedded/ports.ts';
import { temporaryFolder } from '../support/folders.ts';
import { livingIn, livingProcesses } from '../support/processes.ts';
import { Product } from '../support/product.ts';
import { fixtureRepository } from '../support/repository.ts';
import { until } from '../support/until.ts';

const started: Product[] = [];
afterEach(async () => {
  for (const product of started.splice(0)) await product.stop();
});

async function startProduct(...flags: string[]): Promise<Product> {
  const product = new Product(temporaryFolder('flotilla-home'));
  started.push(product);
  await product.start(flags);
  return product;
}

/** An objective with a model call in flight. */
async function busy(product: Product) {
  const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository() });
  await until(async () => (await handle.view()).spend.some(({ inFlight }) => inFlight > 0));
  return handle;
}

/** Each child leads a group of its own. */
const groupsOf = (product: Product): number[] => Object.values(product.endpoint.processes);

const isEmpty = async (groups: number[]): Promise<boolean> => (await livingIn(groups)).length === 0;

describe('a supervisor', () => {
  test('that is killed while its workers work takes everything with it', async () => {
    const product = await startProduct('--stand-in', '--stand-in-latency', '600000', '--drain', '60');
    await busy(product);
    const groups = groupsOf(product);
    // Three workers, the stand-in, the server and its keeper; what tries a pod at mini's start is gone soon.
    await until(async () => (await livingIn(groups)).length === 6);
    process.kill(product.supervisorPid, 'SIGKILL');
    await until(() => isEmpty(groups));
    expect((await livingProcesses()).filter(({ command }) => command.includes(product.home))).toEqual([]);
    expect(readEndpoint(product.home)).toBeNull();
  });

  test('that was killed leaves an endpoint that is not taken for that of the next one', async () => {
    const product = await startProduct('--workers', 'nano');
    await product.end('SIGKILL');
    expect(existsSync(join(product.home, 'endpoint.json'))).toBe(true);
    expect(await product.up(['--workers', 'nano'])).toMatchObject({ pid: product.supervisorPid });
  });

  test('that was killed is followed by one on the same port, which waits until the server has let go of it', async () => {
    const port = String(await claimPort(0, '', ''));
    const product = await startProduct('--workers', 'nano', '--port', port);
    const { temporal = 0 } = product.endpoint.processes;
    const server = (await livingIn([temporal])).find(({ pid }) => pid !== temporal);
    // It ends when its keeper forces it, and no sooner.
    process.kill(server?.pid ?? 0, 'SIGSTOP');
    await product.end('SIGKILL');
    await product.up(['--workers', 'nano', '--port', port]);
    expect(product.endpoint.temporalAddress).toBe(`127.0.0.1:${port}`);
  });

  test('drains at Ctrl-C: the call in flight ends, workers go before the server, and the next one goes on from there', async () => {
    const product = await startProduct();
    product.script = async ({ callKey }) => {
      if (callKey.endsWith('/plan')) await until(() => product.output.includes('stopping'));
      return null;
    };
    const { id } = await busy(product);
    const groups = groupsOf(product);
    expect(await product.end('SIGINT')).toBe(0);
    expect(await livingIn(groups)).toEqual([]);
    expect(existsSync(join(product.home, 'endpoint.json'))).toBe(false);
    const stopped = [...product.output.matchAll(/^(\S+) has stopped$/gm)].map(([, name]) => name);
    expect(stopped.toSorted()).toEqual(['manager', 'mini', 'nano', 'temporal']);
    expect(stopped.at(-1)).toBe('temporal');

    await product.up();
    const { exitCode, stdout } = await product.cli('watch', id, '--json');
    expect({ exitCode, ...(JSON.parse(stdout) as object) }).toMatchObject({ exitCode: 0, status: 'completed' });
    expect(product.standIn.log.creates.filter(({ callKey }) => callKey.endsWith('/plan'))).toHaveLength(1);
    expect(product.standIn.log.servedTwice).toEqual([]);
  });

  test('gives up its grace at a second Ctrl-C', async () => {
    const product = await startProduct('--drain', '600');
    product.script = () => new Promise(() => undefined);
    await busy(product);
    const groups = groupsOf(product);
    process.kill(product.supervisorPid, 'SIGINT');
    await until(() => product.output.includes('stopping'));
    expect(await product.end('SIGINT')).toBe(1);
    await until(() => isEmpty(groups));
  });

  test('starts a killed worker again, later each time, and says where it is now', async () => {
    const product = await startProduct();
    const { mini: first } = product.endpoint.processes;
    for (const restartsInMs of [200, 400]) {
      const { mini: before } = product.endpoint.processes;
      product.kill('mini');
      await until(() => product.endpoint.processes['mini'] !== before);
      await until(() => product.output.includes(`mini ended (SIGKILL); it is started again in ${restartsInMs} ms`));
    }
    const { mini: now } = product.endpoint.processes;
    expect((await livingProcesses()).map(({ pid }) => pid)).toContain(now);
    expect((await livingProcesses()).map(({ pid }) => pid)).not.toContain(first);
  });

  test('refuses a home that another one runs on by naming it, and the other goes on', async () => {
    const product = await startProduct();
    const before = product.endpoint;
    const second = await product.cli('up', '--port', '0', '--ui-port', '0');
    expect(second).toMatchObject({ exitCode: 1, stdout: '' });
    expect(second.stderr).toContain(`already runs on ${product.home} (process ${product.supervisorPid}`);
    expect(product.endpoint).toEqual(before);
    expect(await product.cli('list')).toMatchObject({ exitCode: 0 });
  });
});
