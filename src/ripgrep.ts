/** ripgrep over a folder: which switches, what its output means, when it has said enough. Never reads settings, never follows links it meets. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cutLine } from './text-lines.ts';

export interface Search {
  /** Where the program is. */
  program: string;
  folder: string;
  /** File or folder to search in, relative to `folder`; `''` for all of it. */
  below: string;
  pattern: string;
  glob: string | null;
  maxMatches: number;
  maxBytes: number;
  signal?: AbortSignal;
}

export interface Match {
  path: string;
  line: number;
  text: string;
}

const TIMEOUT_MS = 20_000;

const FLAGS = [
  '--no-config',
  '--no-ignore',
  '--hidden',
  '--no-follow',
  '--line-number',
  '--no-heading',
  '--with-filename',
  '--null',
];
const ORDER = ['--color', 'never', '--sort', 'path', '--max-columns', '1000', '--max-columns-preview', '--no-messages'];

/** Ends the program as soon as enough was seen; an expression it can't read is refused with its own words, as a `Refusal` of the caller's. */
export async function ripgrep(
  { program, folder, below, pattern, glob, maxMatches, maxBytes, signal }: Search,
  Refusal: new (message: string) => Error,
): Promise<{ matches: Match[]; isCut: boolean }> {
  const globs = glob === null ? [] : ['--glob', glob];
  const inTime = AbortSignal.timeout(TIMEOUT_MS);
  const child = spawn(program, [...FLAGS, ...ORDER, ...globs, '-e', pattern, '--', below || '.'], {
    cwd: folder,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: signal ? AbortSignal.any([signal, inTime]) : inTime,
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  ended.catch(() => undefined);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, 500)));

  const matches: Match[] = [];
  let bytes = 0;
  let isCut = false;
  for await (const raw of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    const match = parseMatch(raw);
    if (!match) continue;
    bytes += Buffer.byteLength(match.path) + Buffer.byteLength(match.text) + 12;
    isCut = matches.length === maxMatches || bytes > maxBytes;
    if (isCut) break;
    matches.push(match);
  }
  if (isCut) child.kill('SIGKILL');
  const code = await ended.catch((error: unknown) => {
    signal?.throwIfAborted();
    if (!inTime.aborted) throw error;
    throw new Refusal(`The search took longer than ${TIMEOUT_MS / 1000} seconds; narrow it.`);
  });
  if (code === 2 && matches.length === 0)
    throw new Refusal(`The search could not run: ${complaint.trim() || 'unreadable pattern'}`);
  return { matches, isCut };
}

/** `./path NUL line:text` */
function parseMatch(raw: string): Match | null {
  const nul = raw.indexOf('\0');
  const colon = raw.indexOf(':', nul);
  if (nul < 0 || colon < 0) return null;
  return {
    path: raw.slice(0, nul).replace(/^\.\//, ''),
    line: Number(raw.slice(nul + 1, colon)),
    text: cutLine(raw.slice(colon + 1)),
  };
}
