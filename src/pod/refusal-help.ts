/** Why there are no pods here, in words that a person can act on: from what bubblewrap said, and how the system is set. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface HostFacts {
  platform: NodeJS.Platform;
  isContainer: boolean;
  /** Ubuntu's: only programs with a profile may make user namespaces. */
  isRestrictedByAppArmor: boolean;
  /** Debian's switch. */
  isSwitchedOff: boolean;
  /** Of user namespaces; null where the kernel does not say. */
  mostNamespaces: number | null;
}

export interface Help {
  reason: string;
  fix: string;
}

export async function hostFacts(): Promise<HostFacts> {
  const setting = async (name: string): Promise<string | null> =>
    (await readFile(`/proc/sys/${name}`, 'utf8').catch(() => null))?.trim() ?? null;
  const most = await setting('user/max_user_namespaces');
  return {
    platform: process.platform,
    isContainer: ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file)),
    isRestrictedByAppArmor: (await setting('kernel/apparmor_restrict_unprivileged_userns')) === '1',
    isSwitchedOff: (await setting('kernel/unprivileged_userns_clone')) === '0',
    mostNamespaces: most === null ? null : Number(most),
  };
}

const OR_NONE = 'Or, where this machine may be lost to what agents run: --sandbox none.';

/** `problem` is the message of what was tried. */
export function explainRefusal(problem: string, facts: HostFacts): Help {
  if (facts.platform !== 'linux') {
    return {
      reason: `Pods need Linux, and this is ${facts.platform}.`,
      fix: `Run workers on Linux: a virtual machine, or WSL 2. ${OR_NONE}`,
    };
  }
  if (/\bENOENT\b/.test(problem) && problem.includes('spawn'))
    return { reason: 'bubblewrap is not installed.', fix: 'apt-get install bubblewrap (or dnf, pacman, apk)' };
  if (/Unknown option/i.test(problem))
    return {
      reason: `bubblewrap is too old: ${problem}`,
      fix: 'Install bubblewrap 0.8 or newer (Debian 12, Ubuntu 24.04).',
    };
  if (/namespace|uid map|Operation not permitted|Permission denied|No space left/i.test(problem))
    return { reason: `bubblewrap may not make user namespaces: ${problem}`, fix: namespacesHelp(facts) };
  return { reason: problem, fix: OR_NONE };
}

function namespacesHelp({ isContainer, isRestrictedByAppArmor, isSwitchedOff, mostNamespaces }: HostFacts): string {
  if (isSwitchedOff) return 'sysctl -w kernel.unprivileged_userns_clone=1';
  if (mostNamespaces === 0) return 'sysctl -w user.max_user_namespaces=15000';
  if (isContainer) {
    return `This is a container. Start it so that it may (Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined). ${OR_NONE}`;
  }
  if (isRestrictedByAppArmor) {
    return 'Give bwrap an AppArmor profile that allows userns (Ubuntu: the package apparmor-profiles has bwrap-userns-restrict), or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';
  }
  return `A seccomp filter or a security module denies it: ask whoever runs this machine. ${OR_NONE}`;
}
