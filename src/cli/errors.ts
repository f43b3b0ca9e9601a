/** What went wrong, in words that help, and what to exit with. A defect keeps its stack. */
import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { NoWorkerAnswers, ObjectiveGone } from '../client/progress-reader.ts';
import { InputInvalid } from '../located-yaml.ts';
import { ConfigError } from '../config.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { namespaceHelp } from '../embedded/namespace.ts';
import { NoTemporalBinary } from '../embedded/temporal-binary.ts';
import { NotReady } from '../embedded/managed-process.ts';
import { PortTaken } from '../embedded/ports.ts';
import { StackRuns } from '../embedded/stack.ts';
import { GitFailed } from '../snapshots/git.ts';
import { ChangesRefused } from '../snapshots/refused.ts';
import { failureText } from '../report/words.ts';
import { StateFolderTaken } from '../standin/state/state.ts';
import { NothingRuns } from '../temporal-target.ts';
import { EXIT } from './exit-codes.ts';
import { ServerGone } from './follow.ts';

export interface Told {
  message: string;
  exitCode: number;
}

/** A message that comes too late. */
export class ObjectiveEnded extends Error {
  override readonly name = 'ObjectiveEnded';
}

const USAGE = [InputInvalid, ConfigError];
const EXPECTED = [
  ObjectiveEnded,
  ServerGone,
  ChangesRefused,
  GitFailed,
  ObjectiveGone,
  NoWorkerAnswers,
  NothingRuns,
  NoTemporalBinary,
  NotReady,
  PortTaken,
  StackRuns,
  StateFolderTaken,
];

/** gRPC codes of a server that does not answer, and of one that does not let us in (grpc.io/docs/guides/status-codes). */
const UNREACHABLE = [4, 14];
const REFUSED = [7, 16];

export function toldOf(error: unknown): Told {
  if (USAGE.some((type) => error instanceof type)) return { message: (error as Error).message, exitCode: EXIT.usage };
  if (EXPECTED.some((type) => error instanceof type))
    return { message: (error as Error).message, exitCode: EXIT.failed };
  if (error instanceof TypedFailure) return { message: failureText(error), exitCode: EXIT.failed };
  if (error instanceof NamespaceNotFoundError) {
    const { namespace } = error;
    const message = `The Temporal server has no namespace "${namespace}". ${namespaceHelp(namespace)}`;
    return { message, exitCode: EXIT.failed };
  }
  const refusal = causesOf(error).find(({ code }) => typeof code === 'number' && REFUSED.includes(code));
  if (refusal) {
    const message = `The Temporal server does not let us in: ${refusal.message}. See that TEMPORAL_API_KEY, TEMPORAL_TLS_… and TEMPORAL_NAMESPACE are right.`;
    return { message, exitCode: EXIT.failed };
  }
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
  if (isOfFiles(error)) {
    return { message: `A file or folder can't be used: ${error.message}`, exitCode: EXIT.failed };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `This is a defect, please report it:\n${stack}`, exitCode: EXIT.failed };
}

function isUnreachable(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const { code, message } = cause;
    if (typeof code === 'number' && UNREACHABLE.includes(code)) return true;
    if (cause instanceof ServiceError && /ECONNREFUSED|UNAVAILABLE|DEADLINE/.test(message)) return true;
    return message.startsWith('Failed to connect before the deadline');
  });
}

/** What the owner of a machine can mend. */
const FILE_TROUBLES = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EEXIST', 'ENOTDIR', 'EISDIR'];

function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && path !== undefined && FILE_TROUBLES.includes(code);
}

type Caught = Error & { code?: unknown };

/** The error, what caused it, and so forth. */
function causesOf(error: unknown): Caught[] {
  const causes: Caught[] = [];
  for (let cause = error; cause instanceof Error && !causes.includes(cause); cause = cause.cause) causes.push(cause);
  return causes;
}
