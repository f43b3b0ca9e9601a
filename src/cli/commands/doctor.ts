/** `flotilla doctor`: what is there, what is not, and what would help. Changes nothing. */
import { access, constants } from 'node:fs/promises';
import { rgPath } from '@vscode/ripgrep';
import { z } from 'zod';
import { readEndpoint } from '../../embedded/endpoint.ts';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Finding, FindingSchema, ok, warning } from '../finding.ts';
import { homeFinding } from '../home-finding.ts';
import { modelFindings } from '../model-findings.ts';
import { programOn } from '../on-path.ts';
import { programsFinding } from '../programs-finding.ts';
import { sandboxFinding } from '../sandbox-finding.ts';
import { serverFindings } from '../server-findings.ts';
import { say } from '../terminal.ts';

/** What `doctor --json` prints. Fields are only ever added. */
export const DoctorJsonSchema = z.array(FindingSchema);

const SIGNS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], failed: ['✗', 'red'] } as const;

export async function doctor(context: Context, { json = false }: { json?: boolean }): Promise<number> {
  const findings = (
    await Promise.all([
      node(),
      binary(context),
      homeFinding(context.config.home),
      search(),
      git(context),
      sandboxFinding(context.config),
      programsFinding(context.config),
      modelFindings(context.config, Date.now(), hasStandIn(context.config.home)),
      serverFindings(context),
    ])
  ).flat();
  const { terminal } = context;
  if (json) terminal.json(findings);
  else {
    for (const { name, status, detail, help, isDangerous = false } of findings) {
      const [sign, style] = SIGNS[status];
      const line = say`${terminal.style(style, sign)} ${name.padEnd(18)} ${detail}`;
      terminal.line(isDangerous ? terminal.style('red', line) : line);
      if (help !== '') terminal.line(terminal.style('dim', say`  ${' '.repeat(18)} ${help}`));
    }
  }
  return findings.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.done;
}

function hasStandIn(home: string): boolean {
  try {
    return readEndpoint(home)?.standIn != null;
  } catch {
    // The finding about the home says why.
    return false;
  }
}

async function node(): Promise<Finding[]> {
  return [ok('Node', process.version)];
}

async function binary({ config }: Context): Promise<Finding[]> {
  const name = 'Temporal binary';
  try {
    const path = await findTemporalBinary({ configured: config.temporalCli, cache: config.cache, path: config.path });
    if (path !== undefined) return [ok(name, path)];
    return [{ name, status: 'warning', detail: 'not there yet', help: '`flotilla up` downloads or builds it once.' }];
  } catch (error) {
    return [
      {
        name,
        status: 'failed',
        detail: (error as Error).message,
        help: 'Unset FLOTILLA_TEMPORAL_CLI, or name another binary.',
      },
    ];
  }
}

async function search(): Promise<Finding[]> {
  const found = await access(rgPath, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (found) return [ok('ripgrep', rgPath)];
  return [
    {
      name: 'ripgrep',
      status: 'failed',
      detail: `${rgPath} can't be run`,
      help: 'Install the dependencies again: npm ci',
    },
  ];
}

async function git({ config }: Context): Promise<Finding[]> {
  const at = await programOn(config.path, 'git');
  if (at !== null) return [ok('git', at)];
  const help = 'Install it: apt-get install git (or dnf, pacman, apk, brew)';
  return [warning('git', 'not on PATH: what agents change can be neither merged nor shown', help)];
}
