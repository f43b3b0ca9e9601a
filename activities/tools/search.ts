/** `search`: ripgrep over a tree of regular files that the engine made from the store. Never follows links, never reads settings. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { rgPath } from '@vscode/ripgrep';
import { z } from 'zod';
import { cutLine } from '../../src/text-lines.ts';
import { ToolRefusal, workspacePath } from '../workspace/paths.ts';
import { shorten } from './text.ts';
import { defineTool } from './tool.ts';

const MOST_MATCHES = 200;
const TIMEOUT_MS = 20_000;

export const search = defineTool({
  name: 'search',
  description: `Searches the text files of the workspace for a regular expression (Rust syntax) and gives "path:line: text", at most ${MOST_MATCHES} matches.`,
  args: z.strictObject({
    pattern: z.string().min(1).max(1000),
    path: z.string().nullable().describe('file or folder to search in; the whole workspace where null'),
    glob: z.string().max(200).nullable().describe('only files whose path matches, like "**/*.ts"'),
  }),
  note: ({ pattern, path }) => `search ${shorten(pattern)}${path === null ? '' : ` in ${shorten(path)}`}`,
  run: async ({ pattern, path, glob }, { workspaces, workspaceRef, maxToolOutputBytes, signal }) => {
    const workspace = await workspaces.open(workspaceRef);
    const below = workspacePath(path ?? '.');
    if (!workspace.isFolder(below)) workspace.file(below);
    const tree = await workspaces.tree(workspaceRef);
    const { matches, isCut } = await ripgrep(tree, below || '.', pattern, glob, maxToolOutputBytes, signal);
    if (matches.length === 0) return 'No match.';
    const files = new Set(matches.map(({ file }) => file)).size;
    const end = isCut
      ? `… more matches exist; narrow the pattern, the path or the glob.`
      : `${matches.length} ${matches.length === 1 ? 'match' : 'matches'} in ${files} ${files === 1 ? 'file' : 'files'}.`;
    return [...matches.map(({ file, line, text }) => `${file}:${line}: ${text}`), end].join('\n');
  },
});

interface Match {
  file: string;
  line: number;
  text: string;
}

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

/** Ends the program as soon as enough was seen; an expression it can't read is refused with its own words. */
async function ripgrep(
  tree: string,
  below: string,
  pattern: string,
  glob: string | null,
  maxBytes: number,
  signal: AbortSignal,
) {
  const globs = glob === null ? [] : ['--glob', glob];
  const child = spawn(rgPath, [...FLAGS, ...ORDER, ...globs, '-e', pattern, '--', below], {
    cwd: tree,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
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
    bytes += Buffer.byteLength(match.file) + Buffer.byteLength(match.text) + 12;
    isCut = matches.length === MOST_MATCHES || bytes > maxBytes;
    if (isCut) break;
    matches.push(match);
  }
  if (isCut) child.kill('SIGKILL');
  const code = await ended.catch((error: unknown) => {
    signal.throwIfAborted();
    throw new ToolRefusal(
      `The search took longer than ${TIMEOUT_MS / 1000} seconds; narrow it. (${(error as Error).message})`,
    );
  });
  if (code === 2 && matches.length === 0)
    throw new ToolRefusal(`The search could not run: ${complaint.trim() || 'unreadable pattern'}`);
  return { matches, isCut };
}

/** `./path NUL line:text` */
function parseMatch(raw: string): Match | null {
  const nul = raw.indexOf('\0');
  const colon = raw.indexOf(':', nul);
  if (nul < 0 || colon < 0) return null;
  return {
    file: raw.slice(0, nul).replace(/^\.\//, ''),
    line: Number(raw.slice(nul + 1, colon)),
    text: cutLine(raw.slice(colon + 1)),
  };
}
