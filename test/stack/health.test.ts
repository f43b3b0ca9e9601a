/** FLOTILLA_HEALTH_PORT: each worker of a stack answers on a port of its own, which `flotilla up` and the endpoint file name. */
import { randomInt } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { claimPort, PortTaken } from '../../src/embedded/ports.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Product } from '../support/product.ts';
import { until } from '../support/until.ts';

const started: Product[] = [];
afterEach(async () => {
  for (const product of started.splice(0)) await product.stop();
});

async function upOn(port: number, ...flags: string[]): Promise<Product> {
  const product = new Product(temporaryFolder('flotilla-home'), { FLOTILLA_HEALTH_PORT: String(port) });
  started.push(product);
  await product.start(flags);
  return product;
}

/** Who answers at an address, and how they are. */
async function askedAt(address = ''): Promise<{ status: number; tier: string }> {
  const response = await fetch(address);
  const { tier } = (await response.json()) as { tier: string };
  return { status: response.status, tier };
}

/** The first of three free ports that follow each other, from where no other stack chooses: they are used some seconds later. */
async function threeFree(): Promise<number> {
  const first = randomInt(10_000, 19_990);
  try {
    for (const port of [first, first + 1, first + 2]) await claimPort(port, '', '');
    return first;
  } catch (error) {
    if (error instanceof PortTaken) return threeFree();
    throw error;
  }
}

test('the workers of a stack have the port and those after it, in the order of the tiers, also after a restart', async () => {
  const port = await threeFree();
  const product = await upOn(port);
  const health = {
    manager: `http://127.0.0.1:${port}`,
    mini: `http://127.0.0.1:${port + 1}`,
    nano: `http://127.0.0.1:${port + 2}`,
  };
  expect(product.endpoint.health).toEqual(health);
  expect(product.output).toContain(
    `health           manager ${health.manager}, mini ${health.mini}, nano ${health.nano}`,
  );
  for (const [tier, address] of Object.entries(health)) expect(await askedAt(address)).toEqual({ status: 200, tier });
  const { mini: before } = product.endpoint.processes;
  product.kill('mini');
  await until(() => product.endpoint.processes['mini'] !== before);
  expect(await askedAt(health.mini)).toEqual({ status: 200, tier: 'mini' });
});

test('one worker has the port itself, and 0 is any that is free', async () => {
  const product = await upOn(0, '--workers', 'nano');
  expect(Object.keys(product.endpoint.health)).toEqual(['nano']);
  expect(await askedAt(product.endpoint.health['nano'])).toEqual({ status: 200, tier: 'nano' });
  await product.end();
  const port = await threeFree();
  const single = await upOn(port, '--workers', 'mini');
  expect(single.endpoint.health).toEqual({ mini: `http://127.0.0.1:${port}` });
});
