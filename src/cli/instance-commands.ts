/** `flotilla instance …` */
import type { Command } from 'commander';
import { runInstance, validateInstance } from './commands/instance.ts';
import type { Context } from './context.ts';

/** A command as commander carries it out. */
export type Act = <Args extends unknown[]>(
  command: (context: Context, ...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>;

const INSTANCE = 'the instance, JSON or YAML (its shape: flotilla schema instance)';

export function instanceCommands(instance: Command, act: Act): void {
  instance
    .command('run')
    .description('have an agent solve an instance, and judge what it made; without a model with --null or --oracle')
    .argument('<file>', INSTANCE)
    .option('--null', 'no change: it must not pass')
    .option('--oracle <patch>', 'a patch that is known to solve it (`git diff`): it must pass')
    .option('--json', 'print JSON (its shape: flotilla schema instance-run)')
    .action(act(runInstance));
  instance
    .command('validate')
    .description('see that an instance is one: not solved without a change, solved by its oracle')
    .argument('<file>', INSTANCE)
    .option('--oracle <patch>', 'a patch that is known to solve it (default: the one that the file names)')
    .option('--json', 'print JSON (its shape: flotilla schema instance-validation)')
    .action(act(validateInstance));
}
