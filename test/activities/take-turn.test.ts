/** A turn whose conversation is too long for its model, through the Activity. */
import { describe, expect, test } from '@jest/globals';
import { createTakeTurn, type TakeTurnInput } from '../../activities/subagent/take-turn.ts';
import { freeze } from '../../activities/workspace/freeze.ts';
import { Workspaces } from '../../activities/workspace/workspaces.ts';
import type { ConversationItem } from '../../src/contracts/model.ts';
import type { Incoming, Reaction, Script } from '../../src/standin/reaction.ts';
import { folderWith } from '../support/folders.ts';
import { head } from '../support/journal.ts';
import { callsTool } from '../support/says.ts';
import { servicesSetup } from '../support/services.ts';

const TOO_LONG: Reaction = { kind: 'error', status: 400, code: 'context_length_exceeded' };
const FINISHES = callsTool('finish', { summary: 'done', findings: [], uncertain: [] });
const LONG_FILE = Array.from({ length: 300 }, (_, line) => `line ${line}`).join('\n');

/** Reads three files, one a turn, and finishes; `isTooLong` says what a model can't take. */
const reader =
  (isTooLong: (incoming: Incoming) => boolean, asked: Incoming[]): Script =>
  (incoming) => {
    asked.push(incoming);
    if (isTooLong(incoming)) return TOO_LONG;
    const turn = Number(incoming.callKey.split('/')[3]);
    return turn <= 3 ? callsTool('read_file', { path: `${turn}.txt`, startLine: null, endLine: null }) : FINISHES;
  };

/** More than one file and what is around it. */
const isLong = ({ request }: Incoming): boolean => JSON.stringify(request.input).length > 8000;

async function subagent(isTooLong = isLong) {
  const asked: Incoming[] = [];
  const { services, store, run } = await servicesSetup({ script: reader(isTooLong, asked) });
  const workspaces = new Workspaces(store.blobs, services.cacheFolder);
  const folder = folderWith({ '1.txt': LONG_FILE, '2.txt': LONG_FILE, '3.txt': LONG_FILE });
  const { workspaceRef } = await freeze(store.blobs, folder);
  const { takeTurn } = createTakeTurn(services, workspaces);
  const { provider, model, effort, maxOutputTokens, background } = head();
  const opening: ConversationItem[] = [
    { role: 'developer', content: 'Read them all.' },
    { role: 'user', content: 'Go.' },
  ];
  let transcriptHead = await store.transcripts.append(null, opening);
  let turn = 0;
  const input = (): TakeTurnInput => ({
    address: { objectiveId: 'objective', subtaskId: 'a', attempt: 1, turn },
    tier: 'mini',
    profile: { provider, model, effort, maxOutputTokens, background, capabilities: [] },
    site: { workspaceRef, maxToolOutputBytes: 32_768 },
    conversation: { head: transcriptHead },
  });
  const take = async () => {
    turn += 1;
    const taken = await run(takeTurn, input());
    transcriptHead = taken.transcriptHead;
    return taken;
  };
  /** Temporal's next attempt of the same turn, from where the one before it began. */
  const repeat = async (from: string) => run(takeTurn, { ...input(), conversation: { head: from } });
  return { take, repeat, asked, store, opening, at: () => transcriptHead };
}

const purposes = (asked: Incoming[]): string[] => asked.map(({ callKey }) => callKey.split('/').slice(3).join('/'));

describe('a turn that overflows the context', () => {
  test('is taken again over a compacted conversation, and the attempt goes on from there', async () => {
    const { take, asked, store, opening, at } = await subagent();
    for (let turn = 1; turn <= 4; turn += 1) await take();
    expect(purposes(asked)).toEqual(['1/turn', '2/turn', '3/turn', '3/turn.compacted', '4/turn', '4/turn.compacted']);
    const now = await store.transcripts.load(at());
    expect(now.slice(0, 2)).toEqual(opening);
    const outputs = now.flatMap((item) => ('output' in item ? [String(item.output)] : []));
    expect(outputs.map((output) => output.startsWith('['))).toEqual([true, true, false]);
  });

  test('leaves the whole conversation in the store, and tells progress by it', async () => {
    const { take, store } = await subagent();
    await take();
    const { transcriptHead } = await take();
    const { outputDigests } = await take();
    const overflowed = await store.journal.find('objective/a/1/3/turn');
    const whole = await store.transcripts.load(overflowed?.transcriptHead ?? '');
    expect(JSON.stringify(whole)).not.toContain('were left out');
    expect(whole.slice(0, -1)).toEqual(await store.transcripts.load(transcriptHead));
    expect(outputDigests).toHaveLength(1);
  });

  test('is not asked for again by a retry once the compacted call was made', async () => {
    const { take, repeat, asked, at } = await subagent();
    await take();
    await take();
    const from = at();
    const taken = await take();
    const before = asked.length;
    expect(await repeat(from)).toEqual(taken);
    expect(asked).toHaveLength(before);
  });

  test('fails by name when the compacted one overflows too', async () => {
    const { take, asked, store } = await subagent(({ callKey }) => callKey.includes('/3/'));
    await take();
    await take();
    await expect(take()).rejects.toMatchObject({ type: 'ModelContextOverflow' });
    expect(purposes(asked).slice(2)).toEqual(['3/turn', '3/turn.compacted']);
    expect(await store.ledger.account('objective')).toMatchObject({ micros: { reserved: 0, inDoubt: 0 } });
  });

  test('fails by name at once where nothing can be left out', async () => {
    const { take, asked } = await subagent(({ callKey }) => callKey.includes('/2/'));
    await take();
    await expect(take()).rejects.toMatchObject({ type: 'ModelContextOverflow' });
    expect(purposes(asked)).toEqual(['1/turn', '2/turn']);
  });
});
