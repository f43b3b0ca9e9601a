/**
 * A subagent's role: lists its folder, searches for the pattern of its assignment, reads around what matched, and reports the lines that it
 * has really seen. Each step is taken from the outputs of the tools before it.
 */
import { sectionAttribute, sectionText, type StandInRequest, type Turn, turnsOf } from '../request.ts';
import { backticked } from './planner.ts';
import { FALLBACK, type Topic, TOPICS } from './topics.ts';

interface Call {
  name: string;
  args: unknown;
}

interface Hit {
  path: string;
  line: number;
}

const MOST_FILES = 3;
const MOST_FINDINGS = 8;

export function investigate(request: StandInRequest): Call[] {
  const turns = turnsOf(request);
  const folder = sectionAttribute(request, 'assignment', 'paths').split(', ')[0] ?? '.';
  const pattern = backticked(sectionText(request, 'assignment')) ?? 'TODO|FIXME';
  if (turns.length === 0) return [{ name: 'list_files', args: { path: folder } }];
  const searches = turns.filter(({ name }) => name === 'search');
  if (searches.length === 0)
    return [{ name: 'search', args: { pattern, path: folder === '.' ? null : folder, glob: null } }];
  const hits = searches.flatMap(hitsOf);
  const reads = turns.filter(({ name }) => name === 'read_file');
  if (reads.length === 0 && hits.length > 0) return readCalls(hits);
  return [{ name: 'finish', args: report(pattern, hits, reads) }];
}

/** The first files that matched, each from a little before its first match to a little after its last. */
function readCalls(hits: Hit[]): Call[] {
  const files = [...new Set(hits.map(({ path }) => path))].slice(0, MOST_FILES);
  return files.map((path) => {
    const lines = hits.filter((hit) => hit.path === path).map(({ line }) => line);
    return {
      name: 'read_file',
      args: { path, startLine: Math.max(1, Math.min(...lines) - 5), endLine: Math.max(...lines) + 5 },
    };
  });
}

function report(pattern: string, hits: Hit[], reads: Turn[]) {
  const topic = TOPICS.find((candidate) => candidate.pattern === pattern) ?? { ...FALLBACK, pattern };
  const found = reads.flatMap((read) => matchesIn(read, hits)).slice(0, MOST_FINDINGS);
  const files = new Set(hits.map(({ path }) => path)).size;
  return {
    summary: `[stand-in] Searched for the pattern: ${hits.length} matching lines in ${files} files; read ${reads.length} of them and report ${found.length}.`,
    findings: found.map((match) => finding(topic, match)),
    uncertain: hits.length > found.length ? [`${hits.length - found.length} matching lines were not read.`] : [],
  };
}

function finding({ title, severity, explanation, pattern }: Topic, { path, line, text }: Hit & { text: string }) {
  return {
    path,
    startLine: line,
    endLine: line,
    quote: text,
    severity,
    title: `${title}: ${matched(pattern, text)}`,
    explanation: `[stand-in] ${explanation}`,
  };
}

/** What of the line is meant; all of it where the pattern is not one of JavaScript's. */
function matched(pattern: string, text: string): string {
  try {
    return (new RegExp(pattern, 'i').exec(text)?.[0] ?? text).trim().slice(0, 60);
  } catch {
    return text.trim().slice(0, 60);
  }
}

/** `path:line: text` */
function hitsOf({ output }: Turn): Hit[] {
  return [...(output ?? '').matchAll(/^(.+?):(\d+): /gm)].map(([, path = '', line]) => ({ path, line: Number(line) }));
}

/** Lines that were both found and read: `   12| text`. */
function matchesIn({ args, output }: Turn, hits: Hit[]): (Hit & { text: string })[] {
  const path = String(args['path']);
  const wanted = new Set(hits.filter((hit) => hit.path === path).map(({ line }) => line));
  return [...(output ?? '').matchAll(/^ *(\d+)\| (.*)$/gm)]
    .map(([, line, text = '']) => ({ path, line: Number(line), text }))
    .filter(({ line, text }) => wanted.has(line) && text.trim() !== '');
}
