/** argv → command → exit code. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError, Help, type Option } from 'commander';
import { loadConfig } from '../config.ts';
import { LimitsSchema } from '../contracts/limits.ts';
import { attempts } from './commands/attempts.ts';
import { apply, diff } from './commands/changes.ts';
import { benchAdapter } from './commands/bench.ts';
import { doctor } from './commands/doctor.ts';
import { ledger } from './commands/ledger.ts';
import { list, report, show, watch } from './commands/look.ts';
import { map } from './commands/map.ts';
import { models } from './commands/models.ts';
import { quickstart } from './commands/quickstart.ts';
import { run } from './commands/run.ts';
import { schema, SCHEMA_NAMES } from './commands/schema.ts';
import { standIn } from './commands/stand-in.ts';
import { approve, budget, cancel, pause, resume } from './commands/steer.ts';
import { up } from './commands/up.ts';
import type { Context } from './context.ts';
import { toldOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { type Act, instanceCommands } from './instance-commands.ts';
import { mapOptions } from './map-options.ts';
import { stackOptions } from './stack-options.ts';
import { Terminal } from './terminal.ts';
import { amount, collect, hours, limit, milliseconds, port, slots, threshold, usd } from './values.ts';

const terminal = new Terminal();

/** The environment is an edge: parsed when a command runs, so that `--help` works with any. */
const context = (): Context => ({ config: loadConfig(), terminal, environment: process.env });

const { slots: DEFAULT_SLOTS } = LimitsSchema.parse({});
const JSON_FLAG = ['--json', 'print JSON'] as const;

const ID = 'id of the objective; a beginning that no other one has is enough';
const OBJECTIVE = 'what is to be found out or done, in quotes; a plan file may say it instead';

const FIRST_STEPS = `
First steps:
  flotilla doctor              what is there, and what is missing
  flotilla up --stand-in       in a terminal of its own; with OPENAI_API_KEY set, leave --stand-in out
  flotilla run "Find unhandled errors in src" --budget 2
  flotilla list

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 stopped by its budget or waiting for approval, 4 cancelled, 130 let go of.`;

/** Of the package that this is a part of, compiled or not. */
function version(): string {
  const file = findPackageJSON(import.meta.url);
  const { version } = JSON.parse(file === undefined ? '{}' : readFileSync(file, 'utf8')) as { version?: string };
  return version ?? 'unknown';
}

/** A flag that is off by default says nothing by saying so. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(' (default: false)', '');

function program(exit: (code: number) => void): Command {
  const act: Act =
    (command) =>
    async (...args) =>
      exit(await command(context(), ...args));
  const root = new Command('flotilla')
    .description('A flagship model with a flotilla of small ones, durable on Temporal.')
    .version(version(), '-v, --version')
    .exitOverride()
    .addHelpText('after', FIRST_STEPS)
    .configureHelp({ optionDescription })
    .showHelpAfterError('(see flotilla --help)');

  stackOptions(root.command('up').description('start Temporal, its Web UI and the workers, until Ctrl-C')).action(
    act(up),
  );
  root
    .command('run [objective]')
    .description('start an objective and follow it')
    .option('-w, --workspace <dir>', 'directory that the agents see, frozen at the start (default: the current one)')
    .option('--allow-host <host>', 'let the commands of agents reach it; may be said more than once', collect)
    .option('--include <glob>', 'freeze this too, although it is ignored; may be said more than once', collect)
    .option('-p, --plan <file>', 'a plan of yours, YAML or JSON, instead of planning')
    .option('--policy <file>', 'checks, limits, ladders and budget, YAML or JSON')
    .option('--plan-of <id>', 'the plan of an earlier objective, with what that was asked, instead of planning')
    .option('--plan-only', 'let the manager plan, print what it planned, and carry out nothing of it')
    .option('--estimate', 'print what the plan may cost and how long it may take, and carry out nothing of it')
    .option('-b, --budget <usd>', 'the most that it may cost', usd)
    .option('--approve-above <usd>', 'wait for `flotilla approve` where the plan may cost more', threshold)
    .option('--slots <n>', `subtasks at once (default: ${DEFAULT_SLOTS}, or what plan or policy say)`, slots)
    .option('--background', 'nobody waits for it: it takes what other objectives leave')
    .option('--id <id>', 'a name of yours (default: made from the text); starting twice with one is starting once')
    .option('-d, --detach', 'do not follow it')
    .option(...JSON_FLAG)
    .action(act(run));
  mapOptions(root.command('map').description('ask one small question about every item of an input'))
    .option(...JSON_FLAG)
    .action(act(map));
  root
    .command('watch <id>')
    .description('follow an objective to its end')
    .option(...JSON_FLAG)
    .action(act(watch));
  root
    .command('list')
    .description('objectives, newest first')
    .option('-n, --limit <n>', 'how many', limit, 20)
    .option(...JSON_FLAG)
    .action(act(list));
  root
    .command('show <id>')
    .description('how an objective stands')
    .option(...JSON_FLAG)
    .action(act(show));
  root.command('pause <id>').description('start no new turn or subtask').action(act(pause));
  root.command('resume <id>').description('go on where a pause stopped it').action(act(resume));
  root
    .command('approve <id>')
    .description('say yes to the estimate that an objective waits with')
    .option('--refuse', 'say no: it ends')
    .option('--note <text>', 'why; it stands in the history and in the report')
    .action(act(approve));
  root.command('cancel <id>').description('withdraw what is under way, and end').action(act(cancel));
  root
    .command('budget <id>')
    .description('raise the caps of an objective; one that waits for it goes on')
    .option('--raise <usd>', 'how much more it may cost', usd)
    .option('--raise-tokens <n>', 'how many more tokens it may take', amount)
    .option('--raise-calls <n>', 'how many more model calls', amount)
    .option('--raise-quota <n>', 'how many more quota units', amount)
    .option('--raise-hours <hours>', 'how much more time', hours)
    .action(act(budget));
  root
    .command('ledger <id>')
    .description('its books: what every subtask has spent, reserved and in doubt')
    .option('--verify', 'rebuild the books from the journal and prove that they agree')
    .option('--resolve <call#n=usd>', 'say what a call in doubt has cost after all; 0 when it never ran')
    .option(...JSON_FLAG)
    .action(act(ledger));
  root
    .command('report <id>')
    .description('the report of an ended objective')
    .option('--markdown', 'print it as Markdown')
    .option('-o, --out <dir>', 'where its files are written (default: its folder in FLOTILLA_HOME)')
    .option(...JSON_FLAG)
    .action(act(report));
  root
    .command('diff <id> [subtask]')
    .description('what an objective changed in its workspace: all of it, or what one subtask did')
    .option('--stat', 'only which files, and how many lines')
    .action(act(diff));
  root
    .command('apply <id>')
    .description('take over what an objective changed: into the files of the workspace, as a branch, or as a patch')
    .option('--branch <name>', 'make this branch of the repository, a commit for each subtask; no file is touched')
    .option('--patch <file>', 'write a patch for `git apply`')
    .action(act(apply));
  root
    .command('attempts [id]')
    .description(
      'what each try of each subtask came to and cost: of every ended objective, or of one, also while it runs',
    )
    .option('--jsonl', 'print a line of JSON for each, one of the list of --json')
    .option(...JSON_FLAG)
    .action(act(attempts));
  root
    .command('schema')
    .description('JSON Schema of a file that is read or of what --json prints')
    .argument('<name>', `one of: ${SCHEMA_NAMES.join(', ')}`)
    .action(act(schema));
  root
    .command('models')
    .description('the models that are known: prices, what they can do, which tier uses them')
    .option(...JSON_FLAG)
    .action(act(models));
  root
    .command('doctor')
    .description('what is there, what is not, and what would help')
    .option(...JSON_FLAG)
    .action(act(doctor));
  root
    .command('stand-in')
    .description('the offline stand-in by itself, to try plans without a model, until Ctrl-C')
    .option('--port <port>', 'its port; 0 is any that is free', port, 0)
    .option('--script <file>', 'faults and answers by rules, YAML or JSON')
    .option('--latency <ms>', 'how long each of its answers takes', milliseconds, 0)
    .option('--state <dir>', 'where it keeps what survives it')
    .option('--lean', 'check nothing and count by length, for benchmarks', false)
    .action(act(standIn));
  root
    .command('bench')
    .description('the product beside others, on the same work')
    .command('adapter')
    .description('one run in a harness: its work is in workloads.mjs of the current folder')
    .requiredOption(
      '--workload <name>',
      'fanout: one small question about each of N items; tree: N subtasks that depend on each other',
    )
    .requiredOption('--n <n>', 'how many', amount)
    .requiredOption('--base-url <url>', 'the model server of the harness')
    .requiredOption('--out <dir>', 'a folder that outlives a kill; the results are written there')
    .requiredOption('--concurrency <n>', 'model calls at once, at most', limit)
    .option('--resume', 'take up again what a kill has left there')
    .action(act(benchAdapter));
  instanceCommands(
    root.command('instance').description('a real change of a repository as a task, judged by its tests'),
    act,
  );
  stackOptions(root.command('quickstart').description('what npm start does: bring all up, run a first objective'))
    .option('--once', 'end with the objective instead of staying up', false)
    .option('-w, --workspace <dir>', 'directory that the agents see', '.')
    .action(act(quickstart));
  for (const command of root.commands) explain(command);
  return root;
}

/** What is the same wherever it stands. */
function explain(command: Command): void {
  const name = command.name();
  command.showHelpAfterError(`(see flotilla ${name} --help)`);
  for (const argument of command.registeredArguments)
    argument.description ||= { id: ID, objective: OBJECTIVE }[argument.name()] ?? '';
  const json = command.options.find(({ long }) => long === '--json');
  if (json) json.description += ` (its shape: flotilla schema ${SCHEMA_NAMES.includes(name) ? name : 'objective'})`;
}

async function main(): Promise<number> {
  let exitCode: number = EXIT.done;
  try {
    await program((code) => (exitCode = code)).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const told = toldOf(error);
    terminal.errorText(told.message);
    return told.exitCode;
  }
  return exitCode;
}

process.exitCode = await main();
