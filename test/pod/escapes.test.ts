/** Ways out of a pod: none is open, and each program that looks for one finds it open outside. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { homedir, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { podUser } from '../../src/pod/identity.ts';
import { ESCAPES, type World } from '../support/escapes.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { startHolder, USERS } from '../support/holders.ts';
import type { Held } from '../support/pod-holder.ts';
import { describePods, ordinaryUser } from '../support/pods.ts';

const isRoot = process.getuid?.() === 0;
const doors: Server[] = [];
const victims: ChildProcess[] = [];
const udp = createSocket('udp4');
/** Who came in from anywhere. */
let arrivals = 0;
let world: World;

beforeAll(async () => {
  const folder = folderWith({ secret: 'secret' }, temporaryFolder('flotilla-outside', '/var/tmp'));
  chmodSync(folder, 0o777);
  const sockets = temporaryFolder('flotilla-sockets');
  chmodSync(sockets, 0o777);
  udp.on('message', (_, { port, address }) => {
    arrivals += 1;
    udp.send('here', port, address);
  });
  udp.bind(0, '0.0.0.0');
  await once(udp, 'listening');
  const abstractName = `flotilla-${process.pid}-${udp.address().port}`;
  const socket = join(sockets, 'socket');
  world = {
    ...{ node: process.execPath, folder, own: temporaryFolder('flotilla-own'), home: homedir() },
    ...{ tcpPort: await listen(0), udpPort: udp.address().port, address: ownAddress(), abstractName, socket },
    victim: startVictim(),
  };
  await listen(`\0${abstractName}`);
  await listen(socket);
  chmodSync(socket, 0o777);
});

afterAll(() => {
  for (const door of doors) door.close();
  udp.close();
  for (const victim of victims) victim.kill('SIGKILL');
});

async function listen(where: number | string): Promise<number> {
  const door = createServer((visitor) => {
    arrivals += 1;
    visitor.on('error', () => undefined).end();
  });
  doors.push(door);
  door.listen(where);
  await once(door, 'listening');
  return typeof where === 'number' ? (door.address() as AddressInfo).port : 0;
}

/** Reached by others, where there is a network at all. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

function startVictim(): number {
  const victim = spawn('sleep', ['86400'], { stdio: 'ignore', ...ordinaryUser });
  victims.push(victim);
  return victim.pid ?? 0;
}

const quoted = (argv: string[]): string => argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');

/** What the pods of this user's worker make of commands; the first pod's workspace. */
async function heldBy(user: string, commands: string[]): Promise<{ held: Held[]; workspace: string }> {
  const timed = commands.map((command) => ({ command, timeoutMs: 120_000 }));
  const { lines, podsFolder } = startHolder(user, { commands: timed });
  const held: Held[] = [];
  for await (const line of { [Symbol.asyncIterator]: () => lines })
    if (!line.includes('"started"')) held.push(JSON.parse(line) as Held);
  return { held, workspace: join(podsFolder, 'one') };
}

describePods.each(USERS)('in a pod of %s,', (user) => {
  const said = new Map<string, string>();
  let arrived: number;

  beforeAll(async () => {
    const inside = { ...world, node: '/run/flotilla/bin/node', own: '/workspace' };
    const before = arrivals;
    const { held } = await heldBy(
      user,
      ESCAPES.map(({ argv }) => quoted(argv(inside))),
    );
    for (const [index, { name }] of ESCAPES.entries()) said.set(name, held[index]?.output ?? '');
    arrived = arrivals - before;
  });

  test.each(ESCAPES)('$name is no way out', ({ name }) => {
    expect(said.get(name)).toMatch(/^BLOCKED ./);
  });

  test('nobody came to any server of the host, nothing was written and nobody died', () => {
    expect(arrived).toBe(0);
    expect(existsSync(join(world.folder, 'written'))).toBe(false);
    expect(victims.map(({ exitCode, signalCode }) => [exitCode, signalCode])).toEqual([[null, null]]);
  });

  test('a file that is to run as its owner has no owner of worth', async () => {
    const { held, workspace } = await heldBy(user, ['cp /bin/true owned && chmod 4755 owned']);
    expect(held).toMatchObject([{ how: 'exit 0' }]);
    const owner = user === 'an ordinary user' ? ordinaryUser?.uid : (podUser()?.uid ?? process.getuid?.());
    const { uid } = statSync(join(workspace, 'owned'));
    expect(uid).toBe(owner);
    expect(uid).not.toBe(0);
  });
});

/** What is not there to be reached on this machine shows nothing. */
const ABSENT = /^BLOCKED (Address family not supported|no terminal)/;

describe('outside', () => {
  const controls = ESCAPES.filter(({ control }) => control === 'anyone' || (control === 'root' && isRoot)).filter(
    ({ needs = '/' }) => existsSync(needs),
  );

  test.each(controls)('$name is open', async ({ argv }) => {
    const [program = '', ...args] = argv({ ...world, own: temporaryFolder('flotilla-own'), victim: startVictim() });
    const env = { PATH: process.env['PATH'], FLOTILLA_CANARY: 'secret-of-the-worker' };
    const { stdout } = await promisify(execFile)(program, args, { env });
    if (!ABSENT.test(stdout)) expect(stdout).toBe('OPEN');
  });
});
