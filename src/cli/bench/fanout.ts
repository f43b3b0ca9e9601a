/** `fanout`: one small question about each of N items, as a map. */
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ResultLineSchema } from '../../map/output/lines.ts';
import { BENCH_ID, type CarryOut, harnessFunction, type WorkloadFlags } from './workload.ts';

interface Item {
  id: string;
  text: string;
}

/** What of the harness is used: its texts and its labels. */
const HarnessSchema = z.looseObject({
  LABELS: z.array(z.string()),
  CLASSIFY: z.string(),
  item: harnessFunction<(index: number) => Item>(),
  prompt: harnessFunction<(item: Item) => string>(),
});
type Harness = z.infer<typeof HarnessSchema>;

export async function fanout(harness: unknown, { n, out }: WorkloadFlags): Promise<CarryOut> {
  const work = HarnessSchema.parse(harness);
  const file = await itemsFile(out, work, n);
  return async (flotilla, reportsFolder) => {
    const handle = await flotilla.map({
      ...{ id: BENCH_ID, input: { path: file } },
      operation: { name: 'classify', labels: work.LABELS.map((name) => ({ name })), instructions: work.CLASSIFY },
    });
    const { status } = await handle.result();
    if (status !== 'completed') throw new Error(`The map ended ${status}.`);
    await writeLabels(join(reportsFolder, handle.id, 'map', 'results.jsonl'), out);
  };
}

/** Written once: what is taken up again is the same input. */
async function itemsFile(out: string, { item, prompt }: Harness, n: number): Promise<string> {
  const file = join(out, 'items.jsonl');
  if (existsSync(file)) return file;
  await mkdir(out, { recursive: true });
  const lines = Array.from({ length: n }, (_, index) => {
    const one = item(index);
    return `${JSON.stringify({ id: one.id, text: prompt(one) })}\n`;
  });
  await writeFile(`${file}.new`, lines.join(''));
  await rename(`${file}.new`, file);
  return file;
}

const LabelledSchema = ResultLineSchema.extend({ result: z.object({ label: z.string() }) });

async function writeLabels(results: string, out: string): Promise<void> {
  const labels: string[] = [];
  for await (const line of createInterface({ input: createReadStream(results) })) {
    const { id, result } = LabelledSchema.parse(JSON.parse(line));
    labels.push(`${JSON.stringify({ id, label: result.label })}\n`);
  }
  await writeFile(join(out, 'results.ndjson'), labels.join(''));
}
