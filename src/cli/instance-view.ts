/** What `flotilla instance` prints: the shapes of `--json`, and text. Fields are only ever added. */
import { z } from 'zod';
import type { Judged, OpenInstance } from '../instances/run.ts';
import type { Validation } from '../instances/validate.ts';
import { ENVIRONMENT_REASONS } from '../instances/verdict.ts';
import { say, type Terminal } from './terminal.ts';

const StandingSchema = z.object({
  passed: z.array(z.string()),
  failed: z.array(z.string()),
  notRun: z.array(z.string()),
});

export const InstanceRunJsonSchema = z.object({
  file: z.string(),
  /** What was judged: no change, the patch that is known to solve it, or what an agent made. */
  change: z.enum(['null', 'oracle', 'agent']),
  /** Without a change: not resolved. Otherwise: resolved. */
  isAsItMustBe: z.boolean(),
  verdict: z.enum(['resolved', 'not-resolved', 'environment-failure']),
  reason: z.enum(ENVIRONMENT_REASONS).nullable(),
  message: z.string(),
  failToPass: StandingSchema,
  passToPass: StandingSchema,
  base: z.string(),
  objectiveId: z.string().nullable(),
  times: z.object({ setupMs: z.number(), testMs: z.number() }),
  /** The end of what the last command wrote. */
  output: z.string(),
});
export type InstanceRunJson = z.infer<typeof InstanceRunJsonSchema>;

export const InstanceValidationJsonSchema = z.object({
  file: z.string(),
  isValid: z.boolean(),
  problems: z.array(z.string()),
  null: InstanceRunJsonSchema,
  oracle: InstanceRunJsonSchema,
});

const SHOWN_CHARACTERS = 4000;
const SHOWN_NAMES = 20;

export function runJson(
  { file, commit }: OpenInstance,
  { verdict, evaluation }: Judged,
  change: InstanceRunJson['change'],
  objectiveId: string | null = null,
): InstanceRunJson {
  const { outcome, ...told } = verdict;
  const { setupMs, testMs, output } = evaluation;
  return {
    ...{ file, change, isAsItMustBe: outcome === (change === 'null' ? 'not-resolved' : 'resolved'), verdict: outcome },
    ...told,
    ...{ base: commit, objectiveId, times: { setupMs, testMs }, output: output.slice(-SHOWN_CHARACTERS) },
  };
}

export const validationJson = (
  opened: OpenInstance,
  { problems, unchanged, oracle }: Validation,
): z.infer<typeof InstanceValidationJsonSchema> => ({
  ...{ file: opened.file, isValid: problems.length === 0, problems },
  null: runJson(opened, unchanged, 'null'),
  oracle: runJson(opened, oracle, 'oracle'),
});

const CHANGES = { null: 'without a change', oracle: 'with the oracle', agent: 'with what the agent made' };

export function printRun(terminal: Terminal, run: InstanceRunJson): void {
  const { verdict, change, message, times, failToPass, passToPass, isAsItMustBe } = run;
  const sign = isAsItMustBe ? terminal.style('green', '✓') : terminal.style('red', '✗');
  const took = `setup ${(times.setupMs / 1000).toFixed(1)} s, tests ${(times.testMs / 1000).toFixed(1)} s`;
  terminal.line(say`${sign} ${CHANGES[change]}: ${verdict}. ${message} (${took})`);
  for (const [what, names] of [
    ['fails', failToPass.failed],
    ['did not run', failToPass.notRun],
    ['broke', passToPass.failed],
    ['did not run', passToPass.notRun],
  ] as const) {
    for (const name of names.slice(0, SHOWN_NAMES)) terminal.line(say`    ${what}: ${name}`);
    if (names.length > SHOWN_NAMES) terminal.line(say`    … and ${names.length - SHOWN_NAMES} more`);
  }
  if (verdict === 'environment-failure' && run.output !== '') terminal.text(run.output);
}
