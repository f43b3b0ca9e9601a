/** Many small calls in one process: `caller.ts bare|single|kept URL COUNT`. Prints what they took, as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import pLimit from 'p-limit';
import { openStore } from '../../src/store/store.ts';
import { callerOf } from '../support/caller.ts';
import { head } from '../support/journal.ts';

const IN_FLIGHT = 100;
const [mode = 'bare', baseUrl = '', count = '1000'] = process.argv.slice(2);
const texts = Array.from(
  { length: Number(count) },
  (_, index) => `Item ${index}: ${'say whether this is a fruit or a vegetable. '.repeat(7)}`,
);

const limit = pLimit(IN_FLIGHT);
const cpu = process.cpuUsage();
const startedAt = performance.now();
if (mode === 'bare') await bare();
else await ours(mode === 'kept');
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 }));

async function bare(): Promise<void> {
  const client = new OpenAI({ apiKey: 'test', baseURL: baseUrl, maxRetries: 0 });
  await limit.map(texts, (input) =>
    client.responses.create({
      model: 'gpt-5.4-nano',
      input: [{ role: 'user', content: input }],
      reasoning: { effort: 'low' },
      max_output_tokens: 1000,
    }),
  );
}

/** `isKept`: each in a conversation of its own, which is kept. */
async function ours(isKept: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-calls-'));
  const store = openStore(folder);
  try {
    await store.ledger.openAccount({ accountId: 'objective', parentId: null, caps: { micros: 1_000_000_000 } });
    const caller = callerOf(store, baseUrl, IN_FLIGHT);
    await limit.map(texts, async (text, turn) => {
      const call = {
        ...{ objectiveId: 'objective', subtaskId: 'map', attempt: 1, turn, purpose: 'item', tier: 'nano' as const },
        head: head({ model: 'gpt-5.4-nano', background: false }),
      };
      const input = [{ role: 'user' as const, content: text }];
      const { signal } = new AbortController();
      await (isKept
        ? caller.call({ ...call, conversation: () => store.transcripts.draft(null, input) }, signal)
        : caller.callSingle({ ...call, input }, signal));
    });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
