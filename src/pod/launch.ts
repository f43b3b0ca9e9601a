/** How the supervisor of a pod is started: in bwrap, or directly where an operator has said that there is no sandbox. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bind, bwrapArguments, TOOLS, WORKSPACE } from './argv.ts';
import { hostView } from './host-view.ts';
import { assertReachable, giveToPodUser, makePodsFolder } from './identity.ts';
import { POD_VARIABLE, type SupervisorSetup } from './inside/setup.ts';
import { linkLayers, makePlaces } from './places.ts';
import type { PodSpec } from './pod.ts';
import { type Architecture, seccompProgram } from './seccomp.ts';
import { shownFolders } from './shown-folders.ts';
import { NODE_PATH, RIPGREP_PATH, SUPERVISOR_PATH, toolsFolder } from './tools.ts';

export type SandboxMode = 'pod' | 'none';

export interface LaunchOptions {
  /** Where all pods of this worker lie; the workspaces of root's must lie where others may pass through. */
  podsFolder: string;
  sandbox: SandboxMode;
  /** The name or the path of bubblewrap's program. */
  bwrap: string;
  /** Added to the environment of commands. */
  env: Record<string, string>;
  /** More of the host that the pod sees, read-only. */
  binds: Bind[];
  /** Folders of toolchains that it sees at their own paths, their programs first on `PATH`. */
  paths: string[];
}

interface Launching extends LaunchOptions {
  programs: string[];
}

export interface Launch {
  program: string;
  args: string[];
  env: Record<string, string>;
  /** The filter for file descriptor 3, where there is a sandbox; bwrap then says on 4 who its child is. */
  filter: Buffer | null;
  /** Folders that are gone with the pod. */
  scratch: string[];
}

export const SECCOMP_FD = 3;
export const INFO_FD = 4;

const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** The supervisor holds files of bounded size and lists of them. */
const NODE_FLAGS = ['--max-old-space-size=512', '--disable-warning=ExperimentalWarning'];

export async function launchOf(pod: string, spec: PodSpec, options: LaunchOptions): Promise<Launch> {
  await makePodsFolder(options.podsFolder);
  const tools = await toolsFolder(options.podsFolder);
  await (options.sandbox === 'none' ? linkLayers(spec) : makePlaces(spec));
  await giveToPodUser(spec.workspace);
  await assertReachable([spec.workspace, tools, ...spec.layers.map(({ folder }) => folder)]);
  const shown = await shownFolders(options.paths);
  const launching = { ...options, binds: [...options.binds, ...shown.binds], programs: shown.programs };
  return options.sandbox === 'none'
    ? bareLaunch(pod, tools, spec, launching)
    : sandboxedLaunch(pod, tools, spec, launching);
}

function sandboxedLaunch(
  pod: string,
  tools: string,
  spec: PodSpec,
  { bwrap, env, binds, programs }: Launching,
): Launch {
  const setup: SupervisorSetup = {
    pod,
    root: WORKSPACE,
    isIsolated: true,
    limits: spec.limits,
    env: { ...environmentOf(TOOLS, programs, '/tmp/home', '/tmp'), ...env },
  };
  const args = bwrapArguments({
    spec,
    host: hostView(tools),
    env: supervisorEnvironment(pod, TOOLS),
    binds,
    seccompFd: SECCOMP_FD,
    infoFd: INFO_FD,
    command: [join(TOOLS, NODE_PATH), ...supervisorArguments(TOOLS, setup)],
  });
  return { program: bwrap, args, env: { PATH: PATHS }, filter: seccompProgram(architecture()), scratch: [] };
}

async function bareLaunch(pod: string, tools: string, spec: PodSpec, { env, programs }: Launching): Promise<Launch> {
  const home = await mkdtemp(join(tmpdir(), 'flotilla-pod-'));
  await giveToPodUser(home);
  const setup: SupervisorSetup = {
    pod,
    root: spec.workspace,
    isIsolated: false,
    limits: spec.limits,
    env: { ...environmentOf(tools, programs, home, home), ...env },
  };
  return {
    program: join(tools, NODE_PATH),
    args: supervisorArguments(tools, setup),
    env: supervisorEnvironment(pod, tools),
    filter: null,
    scratch: [home],
  };
}

const supervisorArguments = (tools: string, setup: SupervisorSetup): string[] => [
  ...NODE_FLAGS,
  join(tools, SUPERVISOR_PATH),
  JSON.stringify(setup),
];

const supervisorEnvironment = (pod: string, tools: string): Record<string, string> => ({
  PATH: PATHS,
  LANG: 'C.UTF-8',
  FLOTILLA_RG: join(tools, RIPGREP_PATH),
  [POD_VARIABLE]: pod,
});

const environmentOf = (tools: string, programs: string[], home: string, temporary: string): Record<string, string> => ({
  PATH: [...programs, PATHS, join(tools, 'bin')].join(':'),
  HOME: home,
  TMPDIR: temporary,
  LANG: 'C.UTF-8',
  CI: 'true',
});

function architecture(): Architecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new Error(`Pods run on x64 and arm64, not on ${process.arch}.`);
}
