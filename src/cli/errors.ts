/** What went wrong, in words that help, and what to exit with. A defect keeps its stack. */
import { ServiceError } from '@temporalio/client';
import { NoWorkerAnswers, ObjectiveGone } from '../client/objective-handle.ts';
import { InputInvalid } from '../located-yaml.ts';
import { ConfigError } from '../config.ts';
import { NoTemporalBinary } from '../embedded/temporal-binary.ts';
import { NotReady } from '../embedded/managed-process.ts';
import { PortTaken } from '../embedded/ports.ts';
import { StackRuns } from '../embedded/stack.ts';
import { StateFolderTaken } from '../standin/state/state.ts';
import { NothingRuns } from '../temporal-target.ts';
import { EXIT } from './exit-codes.ts';
import { ServerGone } from './follow.ts';

export interface Told {
  message: string;
  exitCode: number;
}

const USAGE = [InputInvalid, ConfigError];
const EXPECTED = [
  ServerGone,
  ObjectiveGone,
  NoWorkerAnswers,
  NothingRuns,
  NoTemporalBinary,
  NotReady,
  PortTaken,
  StackRuns,
  StateFolderTaken,
];

/** gRPC codes of a server that does not answer (grpc.io/docs/guides/status-codes). */
const UNREACHABLE = [4, 14];

export function toldOf(error: unknown): Told {
  if (USAGE.some((type) => error instanceof type)) return { message: (error as Error).message, exitCode: EXIT.usage };
  if (EXPECTED.some((type) => error instanceof type))
    return { message: (error as Error).message, exitCode: EXIT.failed };
  const name = (error as Error | undefined)?.name ?? '';
  if (name === 'WorkflowNotFoundError') {
    return {
      message: 'There is no such objective on this server, or it has ended. See `flotilla list`.',
      exitCode: EXIT.failed,
    };
  }
  if (isUnreachable(error)) {
    return {
      message: 'The Temporal server does not answer. Is `flotilla up` running? See `flotilla doctor`.',
      exitCode: EXIT.failed,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `This is a defect, please report it:\n${stack}`, exitCode: EXIT.failed };
}

function isUnreachable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, message } = cause as Error & { code?: unknown };
    if (typeof code === 'number' && UNREACHABLE.includes(code)) return true;
    if (cause instanceof ServiceError && /ECONNREFUSED|UNAVAILABLE|DEADLINE/.test(message)) return true;
    if (message.startsWith('Failed to connect before the deadline')) return true;
  }
  return false;
}
