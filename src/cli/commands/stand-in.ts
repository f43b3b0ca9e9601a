/** `flotilla stand-in`: the offline model server by itself, for plans that are to be tried without a model, until Ctrl-C. */
import { claimPort } from '../../embedded/ports.ts';
import { InputInvalid, readLocated } from '../../located-yaml.ts';
import { type ScriptFile, ScriptFileSchema, scriptOf } from '../../standin/faults/script-file.ts';
import { type StandIn, type StandInOptions, startStandIn } from '../../standin/server.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { say, type Terminal } from '../terminal.ts';
import { untilStopped } from './up.ts';

export interface StandInFlags {
  port: number;
  latency: number;
  lean: boolean;
  script?: string;
  state?: string;
}

export async function standIn({ terminal }: Context, flags: StandInFlags): Promise<number> {
  const options = optionsOf(flags);
  const running = await startStandIn({ ...options, port: await claimPort(flags.port, 'stand-in', '--port') });
  // Before it is said, so that it is so.
  const stopped = untilStopped();
  print(terminal, running);
  await stopped;
  await running.close();
  return EXIT.done;
}

function optionsOf({ latency, lean, script, state }: StandInFlags): StandInOptions {
  if (lean && state !== undefined)
    throw new InputInvalid('A lean stand-in keeps nothing: --lean does not go with --state.');
  const file = script === undefined ? undefined : readLocated(script, ScriptFileSchema, 'script');
  return {
    ...{ latencyMs: latency, lean },
    ...(state !== undefined && { stateFolder: state }),
    ...(file && scripted(file.value)),
  };
}

const scripted = ({ limits, apiKey, batches, ...file }: ScriptFile): StandInOptions => ({
  script: scriptOf(file),
  limits,
  ...(apiKey !== undefined && { apiKey }),
  batches: defined(batches),
});

/** Without the fields that were left out. */
const defined = (batches: ScriptFile['batches']): NonNullable<StandInOptions['batches']> =>
  Object.fromEntries(Object.entries(batches).filter(([, value]) => value !== undefined));

function print(terminal: Terminal, { baseUrl }: StandIn): void {
  terminal.line(say`The stand-in listens on ${terminal.style('cyan', baseUrl)}`);
  terminal.line(terminal.style('yellow', 'It follows rules and is not a language model.'));
  terminal.line(say`Use it with:  OPENAI_BASE_URL=${baseUrl} OPENAI_API_KEY=any`);
  terminal.line(say`What came in: curl ${new URL('/stand-in/summary', baseUrl).href}`);
  terminal.line(say`Ctrl-C ends it.`);
}
