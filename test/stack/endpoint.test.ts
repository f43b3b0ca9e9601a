import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import {
  type Endpoint,
  lockHome,
  readEndpoint,
  removeEndpoint,
  writeEndpoint,
  writeTemporalProfile,
} from '../../src/embedded/endpoint.ts';
import { temporaryFolder } from '../support/folders.ts';

const ENDPOINT: Endpoint = {
  pid: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  temporalAddress: '127.0.0.1:7233',
  namespace: 'default',
  webUi: null,
  standIn: null,
  health: {},
  processes: { mini: 2 },
};

describe('the endpoint file of a home', () => {
  test('is believed while the home is held, and not afterwards', () => {
    const home = temporaryFolder();
    const lock = lockHome(home);
    writeEndpoint(home, ENDPOINT);
    expect(readEndpoint(home)).toEqual(ENDPOINT);
    lock?.release();
    expect(readEndpoint(home)).toBeNull();
  });

  test('of a stack that was killed is not that of the next one, not even while it takes the home', () => {
    const home = temporaryFolder();
    lockHome(home)?.release();
    writeEndpoint(home, ENDPOINT);
    // Somebody looks whether the home is held, and takes his time.
    const looking = new DatabaseSync(join(home, 'stack.lock'), { readOnly: true });
    looking.exec('BEGIN; SELECT 1 FROM sqlite_schema');
    expect(lockHome(home)).toBeNull();
    expect(existsSync(join(home, 'endpoint.json'))).toBe(false);
    looking.close();
  });

  test('is gone once it is removed, and removing it twice is removing it once', () => {
    const home = temporaryFolder();
    const lock = lockHome(home);
    writeEndpoint(home, ENDPOINT);
    removeEndpoint(home);
    removeEndpoint(home);
    expect(readEndpoint(home)).toBeNull();
    lock?.release();
  });

  test.each(['', '{"pid":', '{"pid":"one"}', 'null'])('that a crash or a hand left as %j says nothing', (text) => {
    const home = temporaryFolder();
    const lock = lockHome(home);
    writeFileSync(join(home, 'endpoint.json'), text);
    expect(readEndpoint(home)).toBeNull();
    lock?.release();
  });

  test('is for its owner alone', () => {
    const home = temporaryFolder();
    writeEndpoint(home, ENDPOINT);
    expect(statSync(join(home, 'endpoint.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home, 'endpoint.json'), 'utf8')).not.toMatch(/key/i);
  });
});

test('a home is held by one at a time', () => {
  const home = temporaryFolder();
  const first = lockHome(home);
  expect(lockHome(home)).toBeNull();
  first?.release();
  const second = lockHome(home);
  expect(second).not.toBeNull();
  second?.release();
});

test('Temporal’s own tools find the server by the profile that is written for them', () => {
  const path = writeTemporalProfile(temporaryFolder(), '127.0.0.1:7777', 'team');
  expect(loadClientConnectConfig({ configSource: { path }, disableEnv: true })).toMatchObject({
    connectionOptions: { address: '127.0.0.1:7777' },
    namespace: 'team',
  });
});
