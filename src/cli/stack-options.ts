/** Options of whatever brings a stack up. */
import { type Command, Option } from 'commander';
import { milliseconds, port, seconds } from './values.ts';

export function stackOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port of the Temporal server; 0 is any that is free', port, 7233)
    .option('--ui-port <port>', 'port of the Temporal Web UI; 0 is any that is free', port, 8233)
    .option('--stand-in', 'answer with the offline stand-in instead of a model', false)
    .option('--stand-in-port <port>', 'port of the stand-in; 0 is any that is free', port, 0)
    .option('--stand-in-latency <ms>', 'how long each of its answers takes', milliseconds, 600)
    .option('--workers <tiers>', 'which workers to run', 'manager,mini,nano')
    .addOption(
      new Option('--server <kind>', 'embedded, or none to use the server of TEMPORAL_ADDRESS').default('embedded'),
    )
    .addOption(
      new Option(
        '--sandbox <kind>',
        'pod, or none to let agents run commands on this machine with nothing between (default: FLOTILLA_SANDBOX, or pod)',
      ).choices(['pod', 'none']),
    )
    .option(
      '--drain <seconds>',
      'how long calls in flight may go on at the end (default: FLOTILLA_DRAIN_SECONDS, or 10)',
      seconds,
    );
}
