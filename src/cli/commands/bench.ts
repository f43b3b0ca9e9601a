/**
 * `flotilla bench adapter`: the product as one engine among others in a harness that gives all of them the same work. The work itself is the
 * harness's `workloads.mjs`, in the folder where the command runs; the stack lives in `--out` and outlives a kill there. What is said on standard
 * output is the harness's protocol: a JSON line at the start, one with the result.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect } from '../../client/connect.ts';
import { loadConfig } from '../../config.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { fanout } from '../bench/fanout.ts';
import { tree } from '../bench/tree.ts';
import { usageOf } from '../bench/usage.ts';
import type { Workload, WorkloadFlags } from '../bench/workload.ts';
import { type Context, reportsFolderOf } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { say, Terminal } from '../terminal.ts';
import { bringUp } from './up.ts';

export interface BenchFlags extends WorkloadFlags {
  workload: string;
  baseUrl: string;
  /** Takes up again what a kill has left in `out`. */
  resume?: boolean;
}

const WORKLOADS: Partial<Record<string, Workload>> = { fanout, tree };

/** What another workload needs that the product does not have. To carry it out beside the product, in the adapter, would measure the adapter. */
const NOT_CARRIED: Partial<Record<string, string>> = {
  loop: 'its agent calls a tool of the harness. Agents have the tools of their kind and end with "finish", which the model of the harness never calls; what is missing are tools that a caller brings.',
};

export async function benchAdapter(context: Context, flags: BenchFlags): Promise<number> {
  const workload = workloadOf(flags);
  const out = resolve(flags.out);
  const inside = contextIn(context, out, flags);
  const carryOut = await workload(await harnessHere(), { ...flags, out });
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
    await carryOut(flotilla, reportsFolderOf(inside.config));
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

function workloadOf({ workload }: BenchFlags): Workload {
  const known = WORKLOADS[workload];
  if (known) return known;
  const names = Object.keys(WORKLOADS).map((name) => `"${name}"`);
  const why = NOT_CARRIED[workload];
  throw new InputInvalid(
    `--workload is ${names.join(' or ')}, not "${workload}"${why === undefined ? '.' : `: ${why}`}`,
  );
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

async function harnessHere(): Promise<unknown> {
  const file = resolve('workloads.mjs');
  if (!existsSync(file))
    throw new InputInvalid(
      `There is no workloads.mjs here. Run it in the folder of the harness, which gives the work.`,
    );
  return import(pathToFileURL(file).href);
}
