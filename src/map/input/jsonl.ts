/** JSONL: an object a line, or a plain string a line. A line over the bound is passed over as it is read, and never held. */
import type { Problems } from './problems.ts';
import { type Row, tooLong } from './row.ts';

const LINE_FEED = 10;

interface Line {
  line: number;
  bytes: Buffer;
}

export async function* readJsonl(
  chunks: AsyncIterable<Buffer>,
  mostBytes: number,
  problems: Problems,
): AsyncGenerator<Row> {
  let kind: 'object' | 'string' | null = null;
  for await (const { line, bytes } of linesOf(chunks, mostBytes, problems)) {
    const value = parsed(bytes.toString(), line, problems);
    if (value === undefined) continue;
    const cells = typeof value === 'string' ? { text: value } : value;
    kind ??= typeof value as 'object' | 'string';
    if (kind === typeof value) yield { line, namedAt: line, areColumnsShared: false, cells };
    else problems.add(line, `this row is ${NOUN[typeof value as typeof kind]}, the first one ${NOUN[kind]}`);
  }
}

const NOUN = { object: 'an object', string: 'a plain text' };

/** Undefined: nothing there, or nothing that is a row. */
function parsed(text: string, line: number, problems: Problems): string | Record<string, unknown> | undefined {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    problems.add(line, 'a row has to be an object or a text in quotes');
  } catch (error) {
    const at = /at position (\d+)/.exec((error as Error).message)?.[1];
    problems.add(line, `this is not JSON${at === undefined ? '' : ` (at character ${Number(at) + 1})`}`);
  }
  return undefined;
}

async function* linesOf(chunks: AsyncIterable<Buffer>, mostBytes: number, problems: Problems): AsyncGenerator<Line> {
  let line = 1;
  let held: Buffer[] = [];
  let bytes = 0;
  const end = (): Line | null => {
    const whole = { line, bytes: held.length === 1 ? (held[0] ?? Buffer.alloc(0)) : Buffer.concat(held) };
    const isOver = bytes > mostBytes;
    if (isOver) problems.add(line, `${bytes.toLocaleString('en')} bytes are ${tooLong(mostBytes)}`);
    line += 1;
    held = [];
    bytes = 0;
    return isOver ? null : whole;
  };
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length;) {
      const feed = chunk.indexOf(LINE_FEED, start);
      const part = chunk.subarray(start, feed < 0 ? chunk.length : feed);
      start += part.length + 1;
      bytes += part.length;
      if (bytes > mostBytes) held = [];
      else held.push(part);
      const ended = feed < 0 ? null : end();
      if (ended) yield ended;
    }
  }
  const last = end();
  if (last) yield last;
}
