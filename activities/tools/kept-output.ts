/** Long outputs of commands: shown by head and tail, kept whole as far as they were read, and paged through by name. */
import type { CapturedOutput } from '../../src/contracts/results.ts';
import { HeadAndTail } from '../../src/captured-output.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { ToolRefusal } from '../workspace/paths.ts';

/** Of an output, so much is kept; beyond, its head and its tail. */
export const KEPT_BYTES = 2 * 1024 * 1024;

export class KeptOutputs {
  readonly #blobs: Blobs;
  /** The first line of what is kept: nobody reads anything else of the store by this. */
  readonly #owner: string;

  constructor(blobs: Blobs, workspaceId: string) {
    this.#blobs = blobs;
    this.#owner = `output in ${workspaceId}`;
  }

  /** What of an output is shown within `maxBytes`. */
  async shown({ text }: CapturedOutput, maxBytes: number): Promise<string> {
    const bytes = Buffer.from(text);
    if (bytes.length <= maxBytes) return text;
    const ref = await this.#blobs.put(`${this.#owner}\n${text}`);
    const captured = new HeadAndTail(maxBytes);
    captured.add(bytes);
    return `${captured.text().text}\n(all of it: read_output {"ref": "${ref}", …}, ${text.split('\n').length} lines)`;
  }

  /** Its lines. */
  async lines(ref: string): Promise<string[]> {
    const text = /^sha256:[0-9a-f]{64}$/.test(ref) ? await this.#blobs.getText(ref).catch(() => '') : '';
    const [owner, ...lines] = text.split('\n');
    if (owner !== this.#owner)
      throw new ToolRefusal(
        `There is no output ${JSON.stringify(ref.slice(0, 100))}; a ref stands at the end of an output that was cut.`,
      );
    return lines;
  }
}
