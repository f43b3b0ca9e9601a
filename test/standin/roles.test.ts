/** The stand-in in its roles, on a small repository: what it says comes from what it was shown, and from nothing else. */
import { describe, expect, test } from '@jest/globals';
import type { OpenAI } from 'openai';
import type { z } from 'zod';
import { agentPrompt } from '../../activities/prompts/agent.ts';
import { askPrompt } from '../../activities/prompts/ask.ts';
import { judgePrompt } from '../../activities/prompts/judge.ts';
import { planPrompt } from '../../activities/prompts/plan.ts';
import { reviewPrompt } from '../../activities/prompts/review.ts';
import { synthesizePrompt } from '../../activities/prompts/synthesize.ts';
import { triagePrompt } from '../../activities/prompts/triage.ts';
import { FINISH, readingTool, toolSpecs } from '../../activities/tools/registry.ts';
import type { Finding } from '../../src/contracts/finding.ts';
import type { ConversationItem, FunctionCallItem } from '../../src/contracts/model.ts';
import { KIND_NAMES } from '../../src/contracts/kinds.ts';
import { parsePlan } from '../../src/contracts/parse-plan.ts';
import { fromDraft, PlanDraftSchema, type Subtask } from '../../src/contracts/plan.ts';
import {
  InvestigationDraftSchema,
  JudgementDraftSchema,
  ReviewDraftSchema,
  SynthesisDraftSchema,
  TriageDraftSchema,
} from '../../src/contracts/results.ts';
import { newRecord } from '../../workflows/subtask-record.ts';
import { limits, planRules, subtask } from '../support/builders.ts';
import { FIXTURE_FILES, FIXTURE_FINDINGS } from '../support/repository.ts';
import { standInSetup } from '../support/stand-in.ts';
import { frozen } from '../support/workspace.ts';

const shared = Promise.all([standInSetup(), frozen(FIXTURE_FILES)]).then(([{ client }, site]) => ({ client, ...site }));

const ANY_OBJECT = { type: 'object', properties: {}, required: [], additionalProperties: false };

type Input = Extract<Parameters<OpenAI['responses']['create']>[0]['input'], unknown[]>;

async function say(input: ConversationItem[], format: string | null) {
  const { client } = await shared;
  return client.responses.create({
    ...{ model: 'gpt-5.4', input: input as unknown as Input, stream: false },
    ...(format === null
      ? { tools: toolSpecs('investigate').map((tool) => ({ type: 'function', strict: true, ...tool }) as const) }
      : { text: { format: { type: 'json_schema', strict: true, name: format, schema: ANY_OBJECT } } }),
  });
}

/** A role's answer, by the schema that the product reads it with. */
async function answer<Schema extends z.ZodType>(schema: Schema, format: string, prompt: ConversationItem[]) {
  return schema.parse(JSON.parse((await say(prompt, format)).output_text));
}

const kinds = [...KIND_NAMES];

const finding = (id: string, title: string, path: string, startLine: number): Finding => ({
  ...{ id, title, path, startLine, endLine: startLine, quote: 'x', severity: 'info', explanation: '' },
});

describe('the planner', () => {
  const planned = async (text: string, checks = {}) => {
    const { workspace } = await shared;
    const draft = await answer(
      PlanDraftSchema,
      'plan',
      planPrompt({ text, workspace, checks, kinds, limits: limits() }),
    );
    const { plan, problems } = parsePlan(fromDraft(draft.subtasks), planRules({ checks: Object.keys(checks) }));
    expect(problems).toBeUndefined();
    return { rationale: draft.rationale, subtasks: plan?.subtasks ?? [] };
  };
  const folders = (subtasks: Subtask[]): string[] =>
    subtasks.flatMap((each) => (each.kind === 'investigate' ? each.paths : []));

  test('makes a plan that stands: investigations side by side, and a triage of all of them', async () => {
    const { rationale, subtasks } = await planned('Find what is risky.');
    const investigations = subtasks.filter(({ kind }) => kind === 'investigate');
    expect(rationale).toContain('[stand-in]');
    expect(investigations.flatMap(({ dependsOn }) => dependsOn)).toEqual([]);
    expect(subtasks.at(-1)).toMatchObject({ kind: 'triage', dependsOn: investigations.map(({ id }) => id) });
  });

  test('splits what is asked for by name over the folders that it was shown', async () => {
    const { subtasks } = await planned('Where is `total` used?');
    expect(folders(subtasks).toSorted()).toEqual(['lib', 'src']);
    expect(subtasks[0]).toMatchObject({ instructions: expect.stringContaining('`total`') });
  });

  test('runs the checks that there are', async () => {
    const { subtasks } = await planned('Find what is risky.', { 'unit tests': { command: 'true', timeoutSeconds: 1 } });
    expect(subtasks.filter(({ kind }) => kind === 'check')).toMatchObject([
      { id: 'check-unit-tests', check: 'unit tests' },
    ]);
  });
});

describe('the investigator', () => {
  /** Its turns to the end; what the tools return may be changed on the way. */
  async function investigate(pattern: string, change: (output: string, name: string) => string = (output) => output) {
    const { context } = await shared;
    const instructions = `Search for \`${pattern}\`, read what matches, and report it.`;
    const assigned: Subtask = {
      id: 'a',
      kind: 'investigate',
      title: 'A',
      instructions,
      paths: [],
      dependsOn: [],
      weight: 1,
    };
    const conversation = agentPrompt({ objective: 'o', subtask: assigned, dependencies: [], previous: null });
    const called: string[] = [];
    for (;;) {
      const calls = (await say(conversation, null)).output as unknown as FunctionCallItem[];
      called.push(calls.map(({ name }) => name).join('+'));
      const [finish] = calls.filter(({ name }) => name === FINISH);
      if (finish) return { called, ...InvestigationDraftSchema.parse(JSON.parse(finish.arguments)) };
      for (const call of calls) {
        const output = await readingTool(call.name)?.run(JSON.parse(call.arguments), context);
        conversation.push(call, {
          ...{ type: 'function_call_output', call_id: call.call_id, output: change(output ?? '', call.name) },
        });
      }
    }
  }

  test('lists, searches and reads before it reports, each line with what stands there', async () => {
    const { called, findings } = await investigate(String.raw`\b(TODO|FIXME|HACK|XXX)\b`);
    expect(called).toEqual(['list_files', 'search', 'read_file+read_file', 'finish']);
    expect(findings.map(({ path, startLine, quote }) => `${path}:${startLine} ${quote}`).toSorted()).toEqual([
      'lib/old.js:4 // FIXME remove this file',
      'src/cart.ts:2   // TODO handle currencies',
    ]);
  });

  test('reports what the tools returned, whatever the files hold', async () => {
    const { findings } = await investigate('TODO', (output) => output.replaceAll('currencies', 'doubloons'));
    expect(findings.map(({ quote }) => quote)).toEqual(['  // TODO handle doubloons']);
  });

  test('reports nothing where a search finds nothing', async () => {
    const { called, findings, summary } = await investigate('no such text');
    expect([called, findings]).toEqual([['list_files', 'search', 'finish'], []]);
    expect(summary).toMatch(/^\[stand-in\].* 0 matching lines/);
  });

  test('reports nothing that it could not read', async () => {
    const { findings } = await investigate('TODO', (output, name) => (name === 'read_file' ? 'error: gone' : output));
    expect(findings).toEqual([]);
  });
});

test('the triager answers every id once, and calls the same place a duplicate', async () => {
  const findings = [
    finding('a-1', 'Calls that run or insert what they are given: eval', 'src/run.ts', 2),
    finding('b-1', 'Something else', 'src/run.ts', 2),
    finding('b-2', 'Something else', 'lib/old.js', 3),
  ];
  const { items } = await answer(
    TriageDraftSchema,
    'triage',
    triagePrompt({ instructions: '', previous: null }, findings),
  );
  expect(items.map(({ id, severity, duplicateOf }) => [id, severity, duplicateOf])).toEqual([
    ['a-1', 'high', null],
    ['b-1', 'info', 'a-1'],
    ['b-2', 'info', null],
  ]);
});

describe('who is asked a question', () => {
  const asked = async (question: string): Promise<string> => {
    const { client } = await shared;
    const dependencies = ['look', 'sort'].map((subtaskId) => ({
      ...{
        subtaskId,
        title: subtaskId,
        result: { kind: 'triage' as const, summary: `What ${subtaskId} did.`, findings: [] },
      },
    }));
    const input = askPrompt({ dependencies, previous: null }, question) as unknown as Input;
    return (await client.responses.create({ model: 'gpt-5.4', input, stream: false })).output_text;
  };

  test('names the results that hold what stands between backticks', async () => {
    expect(await asked('Who says `look did`?')).toBe('[stand-in] `look did` stands in 1 of 2 results: look.');
    expect(await asked('Who says `nothing`?')).toBe('[stand-in] `nothing` stands in 0 of 2 results.');
  });

  test('says what it was given, where nothing does', async () => {
    expect(await asked('What is left?')).toMatch(/given 2 results\.\n- look: What look did\.\n- sort: What sort did\./);
  });
});

describe('the judge', () => {
  const judged = (acceptance: string) => {
    const subtask = { id: 'a', kind: 'triage', title: 'A', instructions: '', dependsOn: [], weight: 1 } as const;
    const result = { kind: 'triage', summary: 'In `src/run.ts`.', findings: [] } as const;
    const prompt = judgePrompt({
      ...{ objective: 'o', acceptance, subtask: { ...subtask, dependsOn: [] }, result: { ...result, findings: [] } },
    });
    return answer(JudgementDraftSchema, 'judgement', prompt);
  };

  test('rejects a result without what the acceptance names between backticks, and says what that is', async () => {
    const judgement = await judged('It names `src/run.ts` and `src/cart.ts`.');
    expect(judgement).toMatchObject({ verdict: 'reject', missing: [expect.stringContaining('`src/cart.ts`')] });
    expect(judgement.reason).toMatch(/^\[stand-in\] .*1 of 2 texts/);
  });

  test.each(['It names `src/run.ts`.', 'It is good.'])(
    'accepts what holds all that is named: %s',
    async (acceptance) => {
      expect(await judged(acceptance)).toMatchObject({ verdict: 'accept', missing: [] });
    },
  );
});

test('the reviewer is content, and counts what completed', async () => {
  const subtasks = (['completed', 'failed'] as const).map((state, index) => ({
    ...newRecord(subtask(`s${index}`)),
    state,
  }));
  const review = await answer(
    ReviewDraftSchema,
    'review',
    reviewPrompt({ text: 'o', subtasks, checks: [], kinds, room: 5 }),
  );
  expect(review).toMatchObject({ verdict: 'sufficient', subtasks: [] });
  expect(review.reason).toContain('1 of 2 subtasks completed');
});

test('the synthesizer puts what is worst first, and says what it is', async () => {
  const findings = FIXTURE_FINDINGS.map((place, index): Finding => {
    const [path = '', line] = place.split(':');
    return { ...finding(`f-${index + 1}`, place, path, Number(line)), severity: index === 3 ? 'critical' : 'low' };
  });
  const synthesis = await answer(
    SynthesisDraftSchema,
    'synthesis',
    synthesizePrompt({ text: 'o', subtasks: [], findings, answers: new Map() }),
  );
  expect(synthesis.keyFindings).toEqual(['f-4', 'f-1', 'f-2', 'f-3', 'f-5']);
  expect(synthesis.answer).toMatch(/^The stand-in, which follows rules.*5 distinct places \(1 critical, 4 low\)/);
});
