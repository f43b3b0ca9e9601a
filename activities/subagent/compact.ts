/**
 * A conversation that is too long for its model, made shorter: older tool outputs become one line each, everything else stays as it was said.
 * The originals stay in the store, and the workspace is frozen: the same tool call brings the same output again.
 */
import { type ConversationItem, isFunctionCall } from '../../src/contracts/model.ts';
import { FINISH } from '../tools/registry.ts';
import { sizeText } from '../tools/text.ts';

type Output = Extract<ConversationItem, { type: 'function_call_output' }>;

/** Below this, a note would save nothing worth the loss. */
const SMALLEST_BYTES = 400;

/** Null where there is nothing to leave out: asking again would be asking the same. */
export function compacted(items: ConversationItem[]): ConversationItem[] | null {
  const names = new Map(items.filter(isFunctionCall).map(({ call_id, name }) => [call_id, name]));
  const until = keptFrom(items);
  const isLeftOut = (item: ConversationItem, index: number): item is Output =>
    index < until && isOutput(item) && bytesOf(item) >= SMALLEST_BYTES && names.get(item.call_id) !== FINISH;
  if (!items.some(isLeftOut)) return null;
  return items.map((item, index) =>
    isLeftOut(item, index) ? { ...item, output: noteOf(item, names.get(item.call_id)) } : item,
  );
}

/**
 * Where the kept end of a conversation begins: the last turn's outputs, and those of turns before it while all of them together are at most
 * half of what the tools brought.
 */
function keptFrom(items: ConversationItem[]): number {
  const half = items.filter(isOutput).reduce((sum, output) => sum + bytesOf(output), 0) / 2;
  let from = items.length;
  let bytes = 0;
  for (const [start, end] of runsOfOutputs(items).toReversed()) {
    bytes += items
      .slice(start, end)
      .filter(isOutput)
      .reduce((sum, output) => sum + bytesOf(output), 0);
    if (from < items.length && bytes > half) break;
    from = start;
  }
  return from;
}

/** Outputs of one turn stand together: from, and up to. */
function runsOfOutputs(items: ConversationItem[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [index, item] of items.entries()) {
    const last = runs.at(-1);
    if (!isOutput(item)) continue;
    if (last?.[1] === index) last[1] = index + 1;
    else runs.push([index, index + 1]);
  }
  return runs;
}

const isOutput = (item: ConversationItem): item is Output => 'type' in item && item.type === 'function_call_output';

const bytesOf = ({ output }: Output): number => Buffer.byteLength(output);

const noteOf = (item: Output, tool = 'the tool'): string =>
  `[${sizeText(bytesOf(item))} of output were left out to make room. To see it, call ${tool} again with the same arguments.]`;
