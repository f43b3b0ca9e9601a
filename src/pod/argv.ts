/**
 * The arguments of `bwrap` for one pod. Pure. What matters in it:
 * 1. `--unshare-all` only tries for a user namespace; `--unshare-user` fails loudly without one.
 * 2. Without `--cap-drop ALL` a pod of root's is none.
 * 3. The root is a tmpfs without a bound: it is made read-only last, when every mount point is there.
 * 4. bwrap's own environment can be read in the pod, so it is started with next to none.
 */
import type { PodSpec } from './pod.ts';

/** What a pod sees of its host. */
export interface HostView {
  /** The folders beside `/usr`: links into it on most systems (`target`), folders of their own on some. */
  roots: { path: string; target: string | null }[];
  /** Files and folders below `/etc` that are there and shown. */
  etc: string[];
  /** A folder with the supervisor, its Node and ripgrep, and `passwd`, `group` and `hosts` below `etc`. */
  tools: string;
}

export interface Bind {
  source: string;
  target: string;
}

export interface PodArguments {
  spec: PodSpec;
  host: HostView;
  /** The environment of the supervisor. */
  env: Record<string, string>;
  /** More that the pod sees of the host, read-only. */
  binds: Bind[];
  /** Where bwrap finds the filter, and where it says who its child is. */
  seccompFd: number;
  infoFd: number;
  /** What runs in the pod, as it is seen from inside. */
  command: string[];
}

export const WORKSPACE = '/workspace';
export const TOOLS = '/run/flotilla';
/** The pod's own user; its files in the workspace belong to whoever started bwrap. */
const INSIDE_ID = '1000';
const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;
const TEMPORARY_BYTES = 512 * 1024 * 1024;

const ISOLATION = [
  ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', INSIDE_ID, '--gid', INSIDE_ID],
  ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session', '--hostname', 'pod', '--clearenv'],
];

export function bwrapArguments({ spec, host, env, binds, seccompFd, infoFd, command }: PodArguments): string[] {
  return [
    ...ISOLATION,
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--ro-bind', '/usr', '/usr'],
    ...host.roots.flatMap(({ path, target }) =>
      target === null ? ['--ro-bind', path, path] : ['--symlink', target, path],
    ),
    ...host.etc.flatMap((path) => ['--ro-bind', path, path]),
    ...['passwd', 'group', 'hosts'].flatMap((name) => ['--ro-bind', `${host.tools}/etc/${name}`, `/etc/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev', ...sizedTmpfs('/dev/shm', SHARED_MEMORY_BYTES), '--remount-ro', '/dev'],
    ...[...sizedTmpfs('/tmp', TEMPORARY_BYTES), '--dir', '/tmp/home', '--symlink', '../tmp', '/var/tmp'],
    ...['--ro-bind', host.tools, TOOLS],
    ...binds.flatMap(({ source, target }) => ['--ro-bind', source, target]),
    ...['--bind', spec.workspace, WORKSPACE, ...spec.layers.flatMap(layerArguments)],
    ...['--remount-ro', '/', '--chdir', WORKSPACE],
    ...['--seccomp', String(seccompFd), '--info-fd', String(infoFd), '--', ...command],
  ];
}

const sizedTmpfs = (path: string, bytes: number): string[] => [
  ...['--perms', '1777', '--size', String(bytes), '--tmpfs', path],
];

function layerArguments({ path, folder, scratch }: PodSpec['layers'][number]): string[] {
  const target = `${WORKSPACE}/${path}`;
  return [
    ...['--ro-bind', folder, target],
    ...scratch.flatMap((place) => sizedTmpfs(`${target}/${place}`, TEMPORARY_BYTES)),
  ];
}
