/**
 * The seccomp filter of a pod, as the classic BPF program that `bwrap --seccomp` loads: an array of `struct sock_filter` over a
 * `struct seccomp_data`. Denied calls fail with EPERM; a call of another architecture than the pod's kills the process.
 */
import { DENIED_CALLS, JUDGED_CALLS } from './system-calls.ts';

export type Architecture = 'x64' | 'arm64';

/** AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64. */
const AUDIT_ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 };
/** Calls of the x32 ABI carry this bit in their number, and the architecture of x86_64. */
const X32_BIT = 0x40000000;

const KILL = 0x80000000;
const ALLOW = 0x7fff0000;
const failWith = (errno: number): number => 0x00050000 | errno;
const EPERM = 1;
const ENOSYS = 38;

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_GREATER = 0x25;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Offsets in `struct seccomp_data`; arguments are 64 bits wide, little-endian here. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const lowOf = (argument: number): number => 16 + 8 * argument;
const highOf = (argument: number): number => lowOf(argument) + 4;

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. Others (AF_VSOCK above all) are not held by the network namespace. */
const SOCKET_FAMILIES = [1, 2, 10, 16];
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;
/** TIOCSTI types into the terminal, TIOCLINUX pastes into it. */
const TERMINAL_REQUESTS = [0x5412, 0x541c];
/** System V segments outlive those who use them; of this size all that a namespace may have are 4 GiB. */
const LARGEST_SEGMENT = 1024 * 1024;

interface Instruction {
  code: number;
  /** How many instructions are skipped where the test holds, and where it does not. */
  yes: number;
  no: number;
  value: number;
}

const load = (offset: number): Instruction => ({ code: LOAD, yes: 0, no: 0, value: offset });
const end = (verdict: number): Instruction => ({ code: RETURN, yes: 0, no: 0, value: verdict });
const test = (code: number, value: number, yes: number, no: number): Instruction => ({ code, yes, no, value });

const DENY = end(failWith(EPERM));
const PASS = end(ALLOW);

/** Judges one call by `rules`, which end in a verdict; every other call goes on, its number loaded. */
const judged = (number: number, rules: Instruction[]): Instruction[] => [
  test(JUMP_EQUAL, number, 0, rules.length),
  ...rules,
];

const allowedFamilies = (): Instruction[] => [
  load(lowOf(0)),
  ...SOCKET_FAMILIES.flatMap((family) => [test(JUMP_EQUAL, family, 0, 1), PASS]),
  DENY,
];

const sameNamespaces = (): Instruction[] => [load(lowOf(0)), test(JUMP_ANY_BIT, NEW_NAMESPACES, 0, 1), DENY, PASS];

const harmlessRequests = (): Instruction[] => [
  load(lowOf(1)),
  ...TERMINAL_REQUESTS.flatMap((request) => [test(JUMP_EQUAL, request, 0, 1), DENY]),
  PASS,
];

const smallSegments = (): Instruction[] => [
  load(highOf(1)),
  test(JUMP_EQUAL, 0, 1, 0),
  DENY,
  load(lowOf(1)),
  test(JUMP_GREATER, LARGEST_SEGMENT, 0, 1),
  DENY,
  PASS,
];

/** `clone3` has its flags in memory, where a filter can't look; without it libraries use `clone`. */
const JUDGEMENTS: Record<keyof typeof JUDGED_CALLS, Instruction[]> = {
  socket: allowedFamilies(),
  socketpair: allowedFamilies(),
  ioctl: harmlessRequests(),
  clone: sameNamespaces(),
  unshare: sameNamespaces(),
  clone3: [end(failWith(ENOSYS))],
  shmget: smallSegments(),
};

export function seccompProgram(architecture: Architecture): Buffer {
  const column = architecture === 'x64' ? 0 : 1;
  return assembled([
    load(ARCHITECTURE),
    test(JUMP_EQUAL, AUDIT_ARCH[architecture], 1, 0),
    end(KILL),
    load(NUMBER),
    ...(architecture === 'x64' ? [test(JUMP_GREATER_OR_EQUAL, X32_BIT, 0, 1), end(KILL)] : []),
    ...Object.entries(JUDGED_CALLS).flatMap(([name, numbers]) =>
      judged(numbers[column], JUDGEMENTS[name as keyof typeof JUDGED_CALLS]),
    ),
    ...Object.values(DENIED_CALLS)
      .map((numbers) => numbers[column])
      .filter((number) => number !== null)
      .flatMap((number) => judged(number, [DENY])),
    PASS,
  ]);
}

function assembled(program: Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, yes, no, value }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}
