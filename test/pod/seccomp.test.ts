import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Architecture, seccompProgram } from '../../src/pod/seccomp.ts';
import { verdictOf } from '../support/bpf.ts';
import { describePods, outputOf, podWith, runIn, workspaceFolder } from '../support/pods.ts';

const KILL = 0x80000000;
const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003 };

/** By hand from the kernel's tables, so that a wrong number in ours shows. */
const NUMBERS = {
  x64: {
    ...{
      read: 0,
      mmap: 9,
      ioctl: 16,
      shmget: 29,
      socket: 41,
      socketpair: 53,
      clone: 56,
      fork: 57,
      execve: 59,
      prctl: 157,
    },
    ...{ ptrace: 101, pivot_root: 155, mount: 165, umount2: 166, swapon: 167, reboot: 169, init_module: 175 },
    ...{ kexec_load: 246, add_key: 248, request_key: 249, keyctl: 250, unshare: 272, perf_event_open: 298, setns: 308 },
    ...{
      process_vm_readv: 310,
      process_vm_writev: 311,
      finit_module: 313,
      memfd_create: 319,
      bpf: 321,
      userfaultfd: 323,
    },
    ...{ io_uring_setup: 425, move_mount: 429, fsopen: 430, clone3: 435, pidfd_getfd: 438 },
  },
  arm64: {
    ...{
      read: 63,
      mmap: 222,
      ioctl: 29,
      shmget: 194,
      socket: 198,
      socketpair: 199,
      clone: 220,
      fork: 1079,
      execve: 221,
      prctl: 167,
    },
    ...{ ptrace: 117, pivot_root: 41, mount: 40, umount2: 39, swapon: 224, reboot: 142, init_module: 105 },
    ...{ kexec_load: 104, add_key: 217, request_key: 218, keyctl: 219, unshare: 97, perf_event_open: 241, setns: 268 },
    ...{
      process_vm_readv: 270,
      process_vm_writev: 271,
      finit_module: 273,
      memfd_create: 279,
      bpf: 280,
      userfaultfd: 282,
    },
    ...{ io_uring_setup: 425, move_mount: 429, fsopen: 430, clone3: 435, pidfd_getfd: 438 },
  },
};
type Call = keyof (typeof NUMBERS)['x64'];

const DENIED: Call[] = [
  ...(['mount', 'umount2', 'pivot_root', 'move_mount', 'fsopen', 'setns', 'swapon', 'reboot', 'init_module'] as const),
  ...([
    'finit_module',
    'kexec_load',
    'add_key',
    'request_key',
    'keyctl',
    'perf_event_open',
    'bpf',
    'userfaultfd',
  ] as const),
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'io_uring_setup', 'memfd_create'] as const),
];

const NEWUSER = 0x10000000n;
const JUDGED: [call: Call, args: bigint[], verdict: number][] = [
  ...[1n, 2n, 10n, 16n].map((family): [Call, bigint[], number] => ['socket', [family], ALLOW]),
  ...[0n, 3n, 17n, 38n, 40n, 44n].map((family): [Call, bigint[], number] => ['socket', [family], EPERM]),
  ['socketpair', [1n], ALLOW],
  ['socketpair', [40n], EPERM],
  ['ioctl', [0n, 0x5401n], ALLOW],
  ['ioctl', [0n, 0x5412n], EPERM],
  // The kernel looks at the lower half of a request alone.
  ['ioctl', [0n, 0x7_0000_5412n], EPERM],
  ['ioctl', [0n, 0x541cn], EPERM],
  ['clone', [0x3d0f00n], ALLOW],
  ['clone', [0x11n], ALLOW],
  ['clone', [NEWUSER | 0x11n], EPERM],
  ...[0x20000n, 0x2000000n, 0x4000000n, 0x8000000n, 0x20000000n, 0x40000000n].map((flag): [Call, bigint[], number] => [
    'clone',
    [flag | 0x11n],
    EPERM,
  ]),
  ['unshare', [0x400n], ALLOW],
  ['unshare', [NEWUSER], EPERM],
  ['clone3', [], ENOSYS],
  ['shmget', [0n, 56n], ALLOW],
  ['shmget', [0n, 0x100001n], EPERM],
  ['shmget', [0n, 0x1_0000_0000n], EPERM],
  ...(['read', 'mmap', 'execve', 'prctl', 'fork'] as const).map((call): [Call, bigint[], number] => [call, [], ALLOW]),
];

describe.each<Architecture>(['x64', 'arm64'])('the filter for %s', (architecture) => {
  const program = seccompProgram(architecture);
  const verdict = (call: Call, args: bigint[] = []): number =>
    verdictOf(program, { number: NUMBERS[architecture][call], architecture: AUDIT[architecture], args });

  test.each(DENIED)('denies %s', (call) => expect(verdict(call)).toBe(EPERM));

  test.each(JUDGED)('judges %s(%s) as it should', (call, args, expected) => expect(verdict(call, args)).toBe(expected));

  test.each(Object.entries(AUDIT).filter(([name]) => name !== architecture))(
    'kills for calls of %s',
    (_name, other) => {
      expect(verdictOf(program, { number: NUMBERS[architecture].read, architecture: other })).toBe(KILL);
    },
  );
});

test('calls of x32 kill', () => {
  const x32 = (number: number): number =>
    verdictOf(seccompProgram('x64'), { number: 0x40000000 + number, architecture: AUDIT.x64 });
  expect([x32(0), x32(165), x32(512)]).toEqual([KILL, KILL, KILL]);
});

const isX64 = process.arch === 'x64';

describePods('in a pod', () => {
  /** `errno` of a call; the kernel is asked, whatever libraries think. */
  const errnoOf = async (number: number, ...args: (number | string)[]): Promise<string> => {
    const pod = await podWith();
    const script = `my ($call, @args) = (${[number, ...args].join(', ')});
      syscall($call, @args) == -1 ? print $!+0 : print "done"`;
    return outputOf(pod, ['perl', '-e', script]);
  };

  /** Calls that would answer otherwise without the filter: they succeed, or complain of something else. */
  (isX64 ? test : test.skip).each([
    ['socket', 'AF_VSOCK', [40, 1, 0]],
    ['socket', 'AF_ALG', [38, 5, 0]],
    ['io_uring_setup', '', [0, 0]],
    ['bpf', '', [999, 0, 0]],
    ['keyctl', 'get the session keyring', [0, -3, 0]],
    ['add_key', '', ['"user"', '"k"', '"v"', 1, -3]],
    ['request_key', '', ['"user"', '"k"', 0, 0]],
    ['userfaultfd', 'user mode only', [1]],
    ['ptrace', 'be traced', [0, 0, 0, 0]],
    ['process_vm_readv', '', [1, 0, 0, 0, 0, 0]],
    ['pidfd_getfd', '', [-1, 0, 0]],
    ['perf_event_open', '', [0, 0, -1, -1, 0]],
    ['memfd_create', '', ['"m"', 0]],
    ['unshare', 'a user namespace', [0x10000000]],
    ['clone', 'a user namespace', [0x10000011, 0, 0, 0, 0]],
    ['setns', '', [-1, 0]],
    ['ioctl', 'TIOCSTI', [0, 0x5412, '"x"']],
    ['shmget', 'of 2 MiB', [0, 2 * 1024 * 1024, 0o600]],
    ['kexec_load', '', [0, 0, 0, 0]],
  ] as [Call, string, (number | string)[]][])('%s %s is not permitted', async (call, _what, args) => {
    expect(await errnoOf(NUMBERS.x64[call], ...args)).toBe('1');
  });

  (isX64 ? test : test.skip)('a program of another architecture is killed', async () => {
    const workspace = workspaceFolder();
    const program = join(workspace, 'i386');
    writeFileSync(program, exitsWithSevenAsI386());
    chmodSync(program, 0o755);
    const pod = await podWith({ workspace });
    expect(await runIn(pod, ['./i386'])).toMatchObject({ exitCode: null, signal: 'SIGSYS' });
  });

  test('clone3 is not there, so that libraries use what can be judged', async () => {
    expect(await errnoOf(435, 0, 0)).toBe('38');
  });
});

/** The least ELF of 64 bits whose code says `int 0x80`: a call of i386. */
function exitsWithSevenAsI386(): Buffer {
  const code = Buffer.from([0xb8, 1, 0, 0, 0, 0xbb, 7, 0, 0, 0, 0xcd, 0x80]);
  const file = Buffer.alloc(120);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(0x400078n, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(0x400000n, 80);
  file.writeBigUInt64LE(0x400000n, 88);
  file.writeBigUInt64LE(132n, 96);
  file.writeBigUInt64LE(132n, 104);
  file.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([file, code]);
}
