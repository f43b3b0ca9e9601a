/**
 * `flotilla bench adapter`: the product as one engine among others in a harness that gives all of them the same work. The work itself is the
 * harness's `workloads.mjs`, in the folder where the command runs; the stack lives in `--out` and outlives a kill there. What is said on standard
 * output is the harness's protocol: a JSON line at the start, one with the result.
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { connect } from '../../client/connect.ts';
import { loadConfig } from '../../config.ts';
import type { Stack } from '../../embedded/stack.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { ResultLineSchema } from '../../map/output/lines.ts';
import { type Context, reportsFolderOf } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { say, Terminal } from '../terminal.ts';
import { bringUp } from './up.ts';

export interface BenchFlags {
  workload: string;
  n: number;
  baseUrl: string;
  out: string;
  concurrency: number;
  /** Takes up again what a kill has left in `out`. */
  resume?: boolean;
}

/** What of the harness is used: its texts and its labels. */
const WorkloadsSchema = z.looseObject({
  LABELS: z.array(z.string()),
  CLASSIFY: z.string(),
  item: z.custom<(index: number) => { id: string; text: string }>((value) => typeof value === 'function'),
  prompt: z.custom<(item: { id: string; text: string }) => string>((value) => typeof value === 'function'),
});
type Workloads = z.infer<typeof WorkloadsSchema>;

const ID = 'bench';

export async function benchAdapter(context: Context, flags: BenchFlags): Promise<number> {
  if (flags.workload !== 'fanout')
    throw new InputInvalid(
      `--workload is "fanout", not "${flags.workload}": what the others ask, one call after another in words of the harness's own, is no kind of subtask.`,
    );
  const out = resolve(flags.out);
  const inside = contextIn(context, out, flags);
  const workloads = await workloadsHere();
  const file = await itemsFile(out, workloads, flags.n);
  const stack = await bringUp(inside, {
    ...{ server: 'embedded', workers: 'manager,mini,nano', port: 0, uiPort: 0 },
    ...{ standIn: false, standInPort: 0, standInLatency: 0, drain: 1 },
  });
  const flotilla = await connect({ home: inside.config.home });
  try {
    const event = (name: string, facts: object = {}): void =>
      context.terminal.line(say`${JSON.stringify({ event: name, at: Date.now(), ...facts })}`);
    const [startedAt, before] = [performance.now(), usageOf(stack)];
    event('start');
    const handle = await flotilla.map({
      ...{ id: ID, input: { path: file } },
      operation: {
        name: 'classify',
        labels: workloads.LABELS.map((name) => ({ name })),
        instructions: workloads.CLASSIFY,
      },
    });
    const { status } = await handle.result();
    if (status !== 'completed') throw new Error(`The map ended ${status}.`);
    await writeLabels(join(reportsFolderOf(inside.config), handle.id, 'map', 'results.jsonl'), out);
    const after = usageOf(stack);
    event('result', {
      wall_ms: performance.now() - startedAt,
      cpu_ms: after.cpuMs - before.cpuMs,
      rss_mb: after.rssMb,
      written_kb: after.writtenKb - before.writtenKb,
      extra: { processes: Object.keys(stack.endpoint.processes), cores: availableParallelism() },
    });
  } finally {
    await flotilla.close();
    await stack.stop();
  }
  return EXIT.done;
}

/** A home of its own, the harness's model server as the provider, and as many calls at once as it allows. */
function contextIn({ environment }: Context, out: string, { baseUrl, concurrency }: BenchFlags): Context {
  const inside = {
    ...environment,
    FLOTILLA_HOME: join(out, 'home'),
    FLOTILLA_SLOTS: String(concurrency),
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: 'none',
  };
  // The harness reads standard output; what people are told goes beside it.
  return { config: loadConfig(inside), environment: inside, terminal: new Terminal(process.stderr) };
}

async function workloadsHere(): Promise<Workloads> {
  const file = resolve('workloads.mjs');
  if (!existsSync(file))
    throw new InputInvalid(
      `There is no workloads.mjs here. Run it in the folder of the harness, which gives the work.`,
    );
  return WorkloadsSchema.parse(await import(pathToFileURL(file).href));
}

/** Written once: what is taken up again is the same input. */
async function itemsFile(out: string, { item, prompt }: Workloads, n: number): Promise<string> {
  const file = join(out, 'items.jsonl');
  if (existsSync(file)) return file;
  await mkdir(out, { recursive: true });
  const lines = Array.from({ length: n }, (_, index) => {
    const one = item(index);
    return `${JSON.stringify({ id: one.id, text: prompt(one) })}\n`;
  });
  await writeFile(`${file}.new`, lines.join(''));
  await rename(`${file}.new`, file);
  return file;
}

const LabelledSchema = ResultLineSchema.extend({ result: z.object({ label: z.string() }) });

async function writeLabels(results: string, out: string): Promise<void> {
  const labels: string[] = [];
  for await (const line of createInterface({ input: createReadStream(results) })) {
    const { id, result } = LabelledSchema.parse(JSON.parse(line));
    labels.push(`${JSON.stringify({ id, label: result.label })}\n`);
  }
  await writeFile(join(out, 'results.ndjson'), labels.join(''));
}

const TICK_MS = 10;

/** Of the workers, which are what other engines count; a worker that was started again counts from its start. Linux alone knows. */
function usageOf({ endpoint: { processes } }: Stack): { cpuMs: number; rssMb: number; writtenKb: number } {
  const usage = { cpuMs: 0, rssMb: 0, writtenKb: 0 };
  for (const name of ['manager', 'mini', 'nano']) {
    const read = (file: string): string => {
      const path = `/proc/${processes[name]}/${file}`;
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    const [user = 0, system = 0] = (read('stat').split(') ')[1] ?? '').split(' ').slice(11, 13).map(Number);
    usage.cpuMs += (user + system) * TICK_MS;
    usage.rssMb = Math.max(usage.rssMb, Math.round(Number(/VmHWM:\s+(\d+)/.exec(read('status'))?.[1] ?? 0) / 1024));
    usage.writtenKb += Math.round(Number(/^write_bytes: (\d+)/m.exec(read('io'))?.[1] ?? 0) / 1024);
  }
  return usage;
}
