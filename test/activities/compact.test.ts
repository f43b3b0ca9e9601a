import { describe, expect, test } from '@jest/globals';
import { compacted } from '../../activities/subagent/compact.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';

const OPENING: ConversationItem[] = [
  { role: 'developer', content: 'i'.repeat(5000) },
  { role: 'user', content: 'a'.repeat(5000) },
];

/** A turn: calls by name, each with an output of so many bytes, given back as the items of the conversation. */
const turn = (number: number, ...outputs: [tool: string, bytes: number][]): ConversationItem[] => [
  { type: 'reasoning', summary: `thought ${number}` },
  ...outputs.map(([name], index): ConversationItem => ({
    type: 'function_call',
    call_id: `call_${number}_${index}`,
    name,
    arguments: '{}',
  })),
  ...outputs.map(([, bytes], index): ConversationItem => ({
    type: 'function_call_output',
    call_id: `call_${number}_${index}`,
    output: `${number}`.repeat(bytes),
  })),
];

const outputsOf = (items: ConversationItem[] | null): string[] =>
  (items ?? []).flatMap((item) => ('output' in item ? [String(item.output)] : []));

describe('a compacted conversation', () => {
  test('holds one line for an older output, with its size and how to see it again', () => {
    const items = [...OPENING, ...turn(1, ['search', 12_345]), ...turn(2, ['read_file', 1000])];
    expect(outputsOf(compacted(items))).toEqual([
      '[12.3 KB of output were left out to make room. To see it, call search again with the same arguments.]',
      '2'.repeat(1000),
    ]);
  });

  test('keeps everything that is not the output of a tool, in its order', () => {
    const items = [...OPENING, ...turn(1, ['search', 9000], ['read_file', 9000]), ...turn(2, ['read_file', 9000])];
    const without = (all: ConversationItem[] | null) => all?.filter((item) => !('output' in item));
    expect(without(compacted(items))).toEqual(without(items));
    expect(compacted(items)?.map((item) => ('call_id' in item ? item.call_id : null))).toEqual(
      items.map((item) => ('call_id' in item ? item.call_id : null)),
    );
  });

  test('keeps the last turns as far as they are half of what the tools brought, and the last one whole', () => {
    const turns = [1, 2, 3, 4].flatMap((number) => turn(number, ['search', 1000]));
    expect(outputsOf(compacted(turns)).map((output) => output.length)).toEqual([100, 100, 1000, 1000]);
    const last = [...turn(1, ['search', 1000]), ...turn(2, ['search', 9000], ['search', 9000])];
    expect(outputsOf(compacted(last)).map((output) => output.length)).toEqual([100, 9000, 9000]);
  });

  test('keeps what was told about a result, which no tool can tell again, and what is short', () => {
    const items = [...turn(1, ['finish', 900], ['search', 300], ['search', 9000]), ...turn(2, ['search', 9000])];
    expect(outputsOf(compacted(items)).map((output) => output.length)).toEqual([900, 300, 100, 9000]);
  });

  test('can be compacted again when it has grown', () => {
    const once = compacted([...turn(1, ['search', 9000]), ...turn(2, ['search', 1000])]) ?? [];
    const twice = compacted([...once, ...turn(3, ['search', 9000])]);
    expect(outputsOf(twice).map((output) => output.length)).toEqual([100, 100, 9000]);
  });

  test.each<[string, ConversationItem[]]>([
    ['no tool was called', OPENING],
    ['only the last turn brought much', [...turn(1, ['search', 100]), ...turn(2, ['search', 90_000])]],
    ['it was compacted before', compacted([...turn(1, ['search', 9000]), ...turn(2, ['search', 1000])]) ?? []],
  ])('does not exist where %s', (_, items) => {
    expect(compacted(items)).toBeNull();
  });
});
