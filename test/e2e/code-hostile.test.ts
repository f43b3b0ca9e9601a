/** A model that tries every tool with everything dangerous: each is told what is wrong, nothing of the host is ever said, and work beside it goes on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { storeFolder } from '../../src/config.ts';
import { itemsOf } from '../../src/standin/request.ts';
import { newId } from '../support/calls.ts';
import { CHECKS, codeRepository, PATCHES } from '../support/code-repository.ts';
import { entriesIn, podsFolder, temporaryFolder } from '../support/folders.ts';
import { describePods } from '../support/pods.ts';
import { productForSuite } from '../support/suite.ts';
import { filesOf, Work } from '../support/work.ts';

interface Call {
  name: string;
  args: unknown;
}
/** What is called, and what it is told. */
type Attempt = [call: Call, answer: RegExp];

const read = (path: string): Call => ({ name: 'read_file', args: { path, startLine: null, endLine: null } });
const list = (path: string): Call => ({ name: 'list_files', args: { path } });
const search = (path: string): Call => ({ name: 'search', args: { pattern: 'canary', path, glob: null } });
const write = (path: string): Call => ({ name: 'write_file', args: { path, content: 'hostile\n' } });
const shell = (command: string, timeoutSeconds = 20): Call => ({ name: 'shell', args: { command, timeoutSeconds } });
const apply = (patch: string): Call => ({ name: 'apply_patch', args: { patch } });
const adding = (path: string): Call => apply(`*** Begin Patch\n*** Add File: ${path}\n+hostile\n*** End Patch`);

const LEADS_OUT = /^error: .* leads out of the workspace/;
const ABSOLUTE = /^error: .* is absolute; paths are relative/;
const LINK = /^error: .* is a symbolic link to .*; links are not followed/;
const DO_NOT_FIT = /^error: The arguments do not fit/;

describePods('a hostile model', () => {
  const IN_ENVIRONMENT = 'canary-5e1fb0c2-of-the-environment';
  const IN_FILE = 'canary-90ad77e1-of-a-file';
  const pods = podsFolder();
  const home = temporaryFolder('flotilla-home');
  const beside = join(temporaryFolder('flotilla-beside'), 'canary.txt');
  const product = productForSuite({ environment: { FLOTILLA_PODS: pods, CANARY: IN_ENVIRONMENT }, home });
  const work = new Work(pods);

  const TURNS: Attempt[][] = [
    [
      [read('../../etc/passwd'), LEADS_OUT],
      [read('/etc/passwd'), ABSOLUTE],
      [read('/proc/1/environ'), ABSOLUTE],
      [read('numbers.js\0.txt'), /^error: .* holds a NUL byte/],
      [read(beside), ABSOLUTE],
      [list('..'), LEADS_OUT],
      [list('/'), ABSOLUTE],
      [search('../..'), LEADS_OUT],
      [write('../out'), LEADS_OUT],
      [write('a/../../out'), LEADS_OUT],
      [write('/tmp/out'), ABSOLUTE],
      [write('a'.repeat(300)), /^error: .*(long|ENAMETOOLONG)/],
      [adding('../out'), LEADS_OUT],
      [adding('/etc/out'), ABSOLUTE],
      [{ name: 'sudo', args: { command: 'id' } }, /^error: There is no tool "sudo"\.$/],
      [{ name: 'shell', args: 'not json' }, /^error: The arguments are not valid JSON/],
    ],
    [
      [
        shell(`ln -s /etc/passwd passwd; ln -s / root; ln -s ${beside} beside; ln -s .. up; ln -s loop loop`),
        /^exit code 0 /,
      ],
      [read('passwd'), LINK],
      [read('root/etc/passwd'), LINK],
      [read('beside'), LINK],
      [read('loop'), LINK],
      [list('root'), LINK],
      [search('root/proc/self'), LINK],
      [write('passwd'), /^error: .* links are not written through/],
      [write('root/tmp/out'), LINK],
      [adding('up/out'), LINK],
      [write('.git/hooks/pre-commit'), /^New file/],
      [write('.gitattributes'), /^New file/],
      [shell('rm passwd root beside up loop .gitattributes; rm -r .git'), /^exit code 0 /],
      [{ name: 'shell', args: { command: '' } }, DO_NOT_FIT],
      [{ name: 'shell', args: { command: 'true', timeoutSeconds: 1e9 } }, DO_NOT_FIT],
      [{ name: 'read_file', args: ['numbers.js'] }, DO_NOT_FIT],
    ],
    [
      [shell('cat /proc/1/environ /proc/*/environ 2>&1 | tr "\\0" "\\n" | grep -ai canary'), /^exit code 1 \(.*\)\n$/],
      [shell('env | grep -i canary'), /^exit code 1 \(.*\)\n$/],
      [shell(`cat ${beside} ${home}/* 2>&1 | head -c 300`), /\n(cat: .*: No such file or directory\n)+$/],
      [shell('grep -c . /etc/shadow 2>&1'), /^exit code 2 .*\n.*No such file/],
      [
        shell("node -e \"require('net').connect(53, '1.1.1.1').on('error', (e) => console.log(e.code))\""),
        /ENETUNREACH/,
      ],
      [shell('sleep 600', 1), /^stopped after 1 seconds/],
      [shell('yes'), /^stopped: it wrote more than is read/],
      [shell('(setsid sleep 600 &) ; echo left', 10), /^exit code 0 .*\nleft\n$/],
      [shell('kill -9 -1; kill -9 1 $PPID; echo alive'), /^error: The sandbox was ended/],
      [
        shell('bomb() { bomb | bomb & }; bomb; sleep 1; echo over', 5),
        /^(exit code|stopped after|ended by|error: The sandbox was ended)/,
      ],
      [read('numbers.js'), /^numbers\.js, lines 1–8/],
    ],
  ];

  test('gets nowhere, and work beside it goes on', async () => {
    writeFileSync(beside, IN_FILE);
    const [id, other] = [newId('hostile'), newId('beside')];
    const requests: string[] = [];
    const answers: string[][] = [];
    product.script = ({ callKey, request }) => {
      requests.push(JSON.stringify(request));
      const [objective, , , turn] = callKey.split('/');
      if (objective !== id) return null;
      const outputs = itemsOf(request).filter(({ type }) => type === 'function_call_output');
      answers[Number(turn) - 2] = outputs.map((item) => String(item['output']));
      const calls = TURNS[Number(turn) - 1]?.map(([call]) => call);
      if (calls) return { kind: 'answer', utterance: { calls } };
      if (turn === '4') return { kind: 'answer', utterance: { calls: Array<Call>(1000).fill(list('.')) } };
      return {
        kind: 'answer',
        utterance: { calls: [{ name: 'finish', args: { summary: `All tests passed ${turn} times.` } }] },
      };
    };
    const start = (of: string, more: object = {}) =>
      product.flotilla.start({
        ...{ id: of, objective: 'Mend it.', isWithoutAnswer: true, workspace: codeRepository() },
        plan: {
          checks: CHECKS,
          subtasks: [{ id: 'add', kind: 'code', title: 'Add', instructions: PATCHES.add, checks: ['add'] }],
        },
        ...more,
      });
    // A bomb takes the machine from everybody: nobody is lost for being slow then.
    const limits = { heartbeatTimeoutMs: 60_000 };
    const handle = await start(id, { policy: { limits, ladders: { code: [{ tier: 'mini', tries: 1 }] } } });
    const good = await start(other);
    expect(await good.result()).toMatchObject({ status: 'completed' });
    expect(await handle.result()).toMatchObject({ status: 'failed' });
    const progress = await handle.progress();
    expect(progress.subtasks.map(({ failure }) => failure?.type)).toEqual(['ChecksFailed']);
    // A request holds all outputs so far.
    const said = answers[3] ?? [];
    const wanted = TURNS.flat();
    wanted.forEach(([call, answer], n) =>
      expect({ call, said: said[n] }).toEqual({ call, said: expect.stringMatching(answer) }),
    );
    const crowd = said.slice(wanted.length);
    expect(crowd).toHaveLength(1000);
    expect(crowd.filter((text) => text.startsWith('error: at most 16 tools are run in a turn'))).toHaveLength(984);

    const kept = entriesIn(storeFolder(home)).filter((entry) => entry.isFile());
    const stored = kept.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    for (const canary of [IN_ENVIRONMENT, IN_FILE])
      expect([...requests, ...stored].filter((text) => text.includes(canary))).toEqual([]);
    const merged = (await good.progress()).merged?.at(-1)?.ref ?? '';
    expect(Object.keys(await filesOf(home, merged))).not.toContain('out');
    // Whoever is late with a heartbeat is taken for lost.
    expect(requests.filter((text) => text.includes('The machine was lost'))).toEqual([]);
    await work.untilGone();
  });
});
