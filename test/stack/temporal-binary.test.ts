import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  CLI_VERSION,
  ensureTemporalBinary,
  findTemporalBinary,
  NoTemporalBinary,
  type Way,
} from '../../src/embedded/temporal-binary.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { Product } from '../support/product.ts';

const GOOD = 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)';
const OLD = 'temporal version 1.5.0 (Server 1.29.0, UI 2.43.0)';

/** A program that prints a line, whatever it is asked. */
function program(folder: string, name: string, line: string): string {
  folderWith({ [name]: `#!/bin/sh\necho "${line}"\n` }, folder);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

const inPath = (...versions: string[]): string =>
  versions
    .map((version) => {
      const folder = temporaryFolder();
      program(folder, 'temporal', version);
      return folder;
    })
    .join(':');

const inCache = (cache: string): string => program(cache, `temporal-cli/${CLI_VERSION}/temporal`, GOOD);

const settings = () => ({ configured: undefined, cache: temporaryFolder(), path: '', onProgress: () => undefined });

describe('the Temporal binary that is there', () => {
  test('is the configured one before any other', async () => {
    const configured = program(temporaryFolder(), 'mine', GOOD);
    const { cache } = settings();
    inCache(cache);
    expect(await findTemporalBinary({ configured, cache, path: inPath(GOOD) })).toBe(configured);
  });

  test('is the one of the cache before one on PATH', async () => {
    const { cache } = settings();
    const cached = inCache(cache);
    expect(await findTemporalBinary({ configured: undefined, cache, path: inPath(GOOD) })).toBe(cached);
  });

  test('is the first on PATH that is new enough', async () => {
    const path = inPath('no version at all', OLD, GOOD, GOOD);
    expect(await findTemporalBinary({ ...settings(), path })).toBe(join(path.split(':')[2] ?? '', 'temporal'));
  });

  test.each([
    ['1.31.0', true],
    ['1.31.10', true],
    ['1.32.0', true],
    ['2.0.0', true],
    ['1.30.9', false],
    ['0.99.0', false],
  ])('on PATH with server %s: is taken: %s', async (server, isTaken) => {
    const path = inPath(`temporal version 1.0.0 (Server ${server}, UI 2.0.0)`);
    expect((await findTemporalBinary({ ...settings(), path })) !== undefined).toBe(isTaken);
  });

  test('is none where nothing is there', async () => {
    expect(await findTemporalBinary({ ...settings(), path: `${temporaryFolder()}::/no/such/folder` })).toBeUndefined();
  });

  test.each([
    ['does not exist', () => '/no/such/temporal', /\/no\/such\/temporal, which does not run as the Temporal CLI/],
    ['is another program', () => program(temporaryFolder(), 'x', 'hello'), /does not run as the Temporal CLI/],
    ['is too old', () => program(temporaryFolder(), 'x', OLD), /with server 1\.29\.0; 1\.31\.0 or newer is needed/],
  ])('that is configured and %s is an error, not passed over', async (_, configured, expected) => {
    const problem = await findTemporalBinary({ ...settings(), configured: configured(), path: inPath(GOOD) }).catch(
      (error: unknown) => error,
    );
    expect(problem).toBeInstanceOf(NoTemporalBinary);
    expect((problem as Error).message).toMatch(/^FLOTILLA_TEMPORAL_CLI is /);
    expect((problem as Error).message).toMatch(expected);
  });
});

describe('the Temporal binary that is not there', () => {
  const failing =
    (reason: string): Way =>
    () =>
      Promise.reject(new Error(reason));
  const bringing: Way = async (target) => void program(join(target, '..'), 'temporal', GOOD);

  test('is brought by the first way that works, into the cache, and found there the next time', async () => {
    const where = settings();
    const brought = await ensureTemporalBinary(where, [failing('download: no network'), bringing]);
    expect(brought.startsWith(where.cache)).toBe(true);
    expect(await ensureTemporalBinary(where, [failing('must not be asked')])).toBe(brought);
  });

  test('is an error that lists all that was tried and what can be done', async () => {
    const where = { ...settings(), path: inPath(OLD) };
    const problem = await ensureTemporalBinary(where, [
      failing('download: no network'),
      failing('go build: no Go'),
    ]).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(NoTemporalBinary);
    const { message } = problem as Error;
    for (const part of ['1.31.0 or newer on PATH', where.cache, 'download: no network', 'go build: no Go']) {
      expect(message).toContain(part);
    }
    expect(message).toMatch(
      /Install the Temporal CLI .*https:\/\/docs\.temporal\.io.*Go 1\.26\.4.*FLOTILLA_TEMPORAL_CLI/,
    );
  });

  test('is tried to be downloaded, then built, before `flotilla up` gives up', async () => {
    const asked: string[] = [];
    const network = createServer().on('connect', ({ url }, socket) => {
      asked.push(url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(network.listen(0, '127.0.0.1'), 'listening');
    const proxy = `http://127.0.0.1:${(network.address() as AddressInfo).port}`;
    const folder = temporaryFolder();
    program(folder, 'go', 'go1.20.1');
    const product = new Product(temporaryFolder('flotilla-home'), {
      FLOTILLA_TEMPORAL_CLI: undefined,
      XDG_CACHE_HOME: temporaryFolder(),
      PATH: folder,
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
      NO_PROXY: undefined,
      no_proxy: undefined,
    });
    const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0');
    network.close();
    expect(exitCode).toBe(1);
    expect(asked).toContainEqual(expect.stringMatching(/temporal/));
    expect(stderr).toMatch(
      /- no `temporal` with server.*\n {2}- download: .*\n {2}- go build: Go is go1\.20\.1, 1\.26\.4 or newer is needed\n/,
    );
  });
});
