/** What stands in Temporal's histories: references, numbers and short summaries (I8), bounded (I12), and made to be read. */
import { describe, expect, test } from '@jest/globals';
import { benchAgent, planOf } from '../bench/work.ts';
import { folderWith } from '../support/folders.ts';
import { runsOf, timesOf, withClient } from '../support/history.ts';
import { fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const KEY = 'sk-never-in-a-history';
const product = productForSuite({ environment: { OPENAI_API_KEY: KEY } });

const MOST_PAYLOAD_BYTES = 16_384;
const lines = Array.from({ length: 80 }, (_, index) => `line ${index + 1}`).join('\n');

describe('a finished objective', () => {
  test('leaves nothing of files, prompts and secrets in its histories', async () => {
    product.script = () => null;
    const objective = `Find what is risky.\n\n${'Long instructions that belong into the store. '.repeat(200)}`;
    const handle = await product.flotilla.start({ objective, workspace: fixtureRepository() });
    await handle.result();
    const runs = await runsOf(product, handle.id);
    expect(runs).toHaveLength(5);
    expect(runs.some(({ text }) => text.includes('Find what is risky.'))).toBe(true);
    for (const { text, largestPayloadBytes } of runs) {
      for (const secret of [KEY, 'return eval(code)', 'belong into the store', 'You are'])
        expect(text).not.toContain(secret);
      expect(largestPayloadBytes).toBeLessThan(MOST_PAYLOAD_BYTES);
    }
  });

  test('can be understood in the Web UI: summaries, details, search attributes and memo', async () => {
    product.script = () => null;
    const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository() });
    await handle.result();
    const runs = await runsOf(product, handle.id);
    const summaries = runs.flatMap((run) => run.summaries);
    expect(summaries).toEqual(
      expect.arrayContaining(['plan', 'review round 1', 'write the answer', 'turn 1', 'list . → turn 2', 'finish']),
    );
    await withClient(product, async (client) => {
      const workflow = client.workflow.getHandle(handle.id);
      const { typedSearchAttributes, memo } = await workflow.describe();
      const shown = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
      expect(shown).toMatchObject({ FlotillaStatus: 'completed', FlotillaCostUsd: expect.any(Number) });
      expect(memo).toMatchObject({ title: 'Find what is risky.', cost: expect.stringMatching(/^\$0\.\d+$/) });
      const { definition, currentDetails } = await workflow.query<{
        definition: { signalDefinitions: { name: string }[] };
        currentDetails: string;
      }>('__temporal_workflow_metadata');
      expect(currentDetails).toContain('5 of 5 subtasks ended');
      expect(definition.signalDefinitions.map(({ name }) => name)).toEqual(expect.arrayContaining(['pause', 'resume']));
      const query = `RootWorkflowId = '${handle.id}' AND FlotillaKind = 'investigate' AND FlotillaTier = 'mini'`;
      // The server's index is behind its histories by a moment.
      await until(async () => (await client.workflow.count(query)).count === 4);
    });
  });
});

describe('a long objective', () => {
  test('continues as new when all its children are home, and ends as if it had not', async () => {
    product.script = benchAgent;
    const subtasks = Array.from({ length: 40 }, (_, index) => ({
      id: `t${index}`,
      calls: 1,
      dependsOn: index < 8 ? [] : [`t${index - 8}`],
    }));
    const handle = await product.flotilla.start({
      objective: 'Many small ones.',
      workspace: folderWith({ 'lines.txt': lines }),
      plan: { ...planOf(subtasks), limits: { maxHistoryEvents: 200 } },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { planned: 40, completed: 40 } });
    const runs = (await runsOf(product, handle.id)).filter(({ workflowId }) => workflowId === handle.id);
    expect(runs.length).toBeGreaterThan(1);
    // What was under way when the bound was reached still comes home.
    for (const { events } of runs) expect(events).toBeLessThan(200 + 8 * 15);
    expect(product.standIn.log.servedTwice).toEqual([]);
  });

  test('has no more time in its next run than was left in the one before', async () => {
    product.script = benchAgent;
    const subtasks = Array.from({ length: 32 }, (_, index) => ({
      id: `t${index}`,
      calls: 1,
      dependsOn: index < 8 ? [] : [`t${index - 8}`],
    }));
    const handle = await product.flotilla.start({
      objective: 'Many small ones, in an hour.',
      workspace: folderWith({ 'lines.txt': lines }),
      plan: { ...planOf(subtasks), limits: { maxHistoryEvents: 200 }, caps: { hours: 1 } },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    const runs = await timesOf(product, handle.id);
    expect(runs.length).toBeGreaterThan(1);
    let leftMs = 3_600_000;
    for (const { maxWallMs, firstMs, lastMs } of runs) {
      expect(maxWallMs).toBe(leftMs);
      leftMs -= lastMs - firstMs;
    }
  });

  test('has subagents that continue as new between turns', async () => {
    product.script = benchAgent;
    const handle = await product.flotilla.start({
      objective: 'One long one.',
      workspace: folderWith({ 'lines.txt': lines }),
      plan: {
        ...planOf([{ id: 'long', calls: 60, dependsOn: [] }]),
        limits: { maxHistoryEvents: 200, maxTurns: 70 },
      },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    const runs = (await runsOf(product, handle.id)).filter(({ workflowId }) => workflowId !== handle.id);
    expect(runs.length).toBeGreaterThan(1);
    for (const { events } of runs) expect(events).toBeLessThan(220);
    expect((await handle.view()).spend.find(({ subtaskId }) => subtaskId === 'long')).toMatchObject({ calls: 60 });
    expect(product.standIn.log.servedTwice).toEqual([]);
  });
});
