import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Passage } from '../../../src/pod/egress/proxy.ts';
import { describePods, outputOf, podsFolder, podWith, runIn } from '../../support/pods.ts';

let server: Server;
let port: number;
let arrivals = 0;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('from the host'));
  server.on('connection', () => (arrivals += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => void server.close());

/** By absolute URI, straight at the proxy, as the loopback of the pod is its own. */
const throughProxy = (target: string): string[] => [
  'node',
  '-e',
  `require('node:http').get({ port: 3128, path: ${JSON.stringify(target)} }, (response) => response.pipe(process.stdout))
    .on('error', (error) => console.log(error.code))`,
];

/** By the pod's own Node: the host's may be too old to look for a proxy. */
const fetching = (target: string): string[] => [
  '/run/flotilla/bin/node',
  '-e',
  `fetch(${JSON.stringify(target)}).then((r) => r.text()).catch(({ cause }) => cause.code + " " + cause.message).then(console.log)`,
];

describePods('a pod with hosts', () => {
  test('reaches those, and nothing else; what passed is told', async () => {
    const passages: Passage[] = [];
    const pod = await podWith(
      { allowHosts: [`127.0.0.1:${port}`] },
      { onPassage: (passage) => void passages.push(passage) },
    );
    expect(await outputOf(pod, throughProxy(`http://127.0.0.1:${port}/`))).toBe('from the host');
    expect(await outputOf(pod, throughProxy('http://127.0.0.1:1/'))).toMatch(/is not among the hosts/);
    await outputOf(pod, fetching('https://example.com/'));
    await pod.close();
    expect(passages.map(({ host, verdict }) => [host, verdict])).toEqual([
      ['127.0.0.1', 'allowed'],
      ['127.0.0.1', 'not-listed'],
      ['example.com', 'not-listed'],
    ]);
  });

  test('leaves no socket behind, nor does one whose worker was killed', async () => {
    const abandoned = join(podsFolder, 'egress', 'abandoned');
    mkdirSync(abandoned, { recursive: true });
    // A listener that is gone without closing leaves its socket.
    const leave = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', leave, join(abandoned, 'proxy.sock')]);
    expect(existsSync(join(abandoned, 'proxy.sock'))).toBe(true);
    const pod = await podWith({ allowHosts: ['example.com'] });
    expect(readdirSync(join(podsFolder, 'egress'))).toHaveLength(1);
    await pod.close();
    expect(readdirSync(join(podsFolder, 'egress'))).toEqual([]);
  });

  test('is not started with an entry that says nothing clear', async () => {
    await expect(podWith({ allowHosts: ['*'] })).rejects.toThrow('"*" is no host to allow');
  });
});

describePods('a pod without hosts', () => {
  test('has no proxy, no variable that names one, and no way to the host', async () => {
    const before = arrivals;
    const pod = await podWith();
    expect(await outputOf(pod, throughProxy(`http://127.0.0.1:${port}/`))).toBe('ECONNREFUSED');
    expect(await outputOf(pod, fetching(`http://127.0.0.1:${port}/`))).toMatch(/ECONNREFUSED/);
    expect((await runIn(pod, 'env | grep -i proxy; ls /run/px')).output.text).not.toMatch(/3128|proxy\.sock/);
    expect(arrivals).toBe(before);
  });
});
