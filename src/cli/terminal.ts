/**
 * The only writer to a terminal. Text that is put into a `say` template is escaped unless it was styled here, so that nothing a model, a tool
 * or a file says can move a cursor or hide. Colours only where the stream is a terminal that wants them (`NO_COLOR`, `FORCE_COLOR`).
 */
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { safeJson, safeLine, safeText } from '../safe-text.ts';

export class Styled {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Said = Styled | Styled[] | string | number;

/** One line; what is put in is escaped. */
export function say(strings: TemplateStringsArray, ...parts: Said[]): Styled {
  return new Styled(
    strings.map((text, index) => text + (index < parts.length ? sourceOf(parts[index] ?? '') : '')).join(''),
  );
}

function sourceOf(part: Said): string {
  if (part instanceof Styled) return part.source;
  return Array.isArray(part) ? part.map(({ source }) => source).join('') : safeLine(String(part));
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

function dropBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

export class Terminal {
  readonly #out: NodeJS.WriteStream;
  readonly #errors: NodeJS.WriteStream;
  readonly #region: ReturnType<typeof createLogUpdate> | null;

  constructor(out: NodeJS.WriteStream = process.stdout, errors: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
    this.#errors = errors;
    // `flotilla models | head`: who reads no more is no reason to end badly.
    for (const stream of [out, errors]) stream.on('error', dropBrokenPipe);
    this.#region = out.isTTY ? createLogUpdate(out) : null;
  }

  /** Can a region be redrawn? */
  get isLive(): boolean {
    return this.#region !== null;
  }

  get columns(): number {
    return this.#out.columns || 100;
  }

  style(style: Style, part: Said): Styled {
    return new Styled(styleText(style, sourceOf(part), { stream: this.#out }));
  }

  line(line: Styled = say``): void {
    this.#region?.clear();
    this.#out.write(`${line.source}\n`);
  }

  /** Text of several lines, escaped. */
  text(text: string): void {
    this.line(new Styled(safeText(text)));
  }

  /** Data for programs; what they print of it may be read on a terminal. */
  json(value: unknown, indent = 2): void {
    this.#out.write(`${safeJson(value, indent)}\n`);
  }

  error(line: Styled): void {
    this.#region?.clear();
    this.#errors.write(`${line.source}\n`);
  }

  errorText(text: string): void {
    this.error(new Styled(safeText(text)));
  }

  /** Redraws the region at the end of the screen; nothing off a terminal. */
  redraw(lines: Styled[]): void {
    this.#region?.(lines.map(({ source }) => source).join('\n'));
  }

  /** Leaves the region as it stands. */
  keep(): void {
    this.#region?.done();
  }
}
