/** `triageFindings` as the nano worker runs it: in batches, each finding answered once, duplicates merged. */
import { describe, expect, test } from '@jest/globals';
import { createNanoActivities } from '../../activities/index.ts';
import type { Finding } from '../../src/contracts/finding.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import { type SubtaskResult, SubtaskResultSchema, type TriageDraft } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { sectionText, type StandInRequest } from '../../src/standin/request.ts';
import type { Script } from '../../src/standin/reaction.ts';
import { loadTiers } from '../../src/tiers.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { limits, subtask } from '../support/builders.ts';
import { servicesSetup } from '../support/services.ts';

const finding = (id: string, change: Partial<Finding> = {}): Finding => ({
  id,
  path: 'src/a.ts',
  startLine: Number(/\d+$/.exec(id)?.[0]),
  endLine: Number(/\d+$/.exec(id)?.[0]),
  quote: 'x',
  severity: 'info',
  title: `Finding ${id}`,
  explanation: 'why',
  ...change,
});

const many = (subtaskId: string, count: number): Finding[] =>
  Array.from({ length: count }, (_, index) => finding(`${subtaskId}-${index + 1}`, { path: `src/${subtaskId}.ts` }));

const investigated = (findings: Finding[]): SubtaskResult => ({
  ...{ kind: 'investigate', summary: '', findings, uncertain: [] },
});

/** A triage that depends on subtasks which left these results. */
async function triageOf(
  results: SubtaskResult[],
  { script, instructions = '' }: { script?: Script; instructions?: string } = {},
) {
  const asked: string[] = [];
  const { services, store, standIn, run } = await servicesSetup({
    script: (incoming) => {
      asked.push(JSON.stringify(incoming.request.input));
      return script?.(incoming) ?? null;
    },
  });
  const plan: Plan = {
    subtasks: [{ id: 'triage', kind: 'triage', title: 'Triage', instructions, dependsOn: [], weight: 1 }],
  };
  const planRef = await store.blobs.putJson(plan);
  const dependencies = results.map(async (result, index) => ({
    ...{ subtaskId: `s${index}`, title: '', resultRef: await store.blobs.putJson(result) },
  }));
  const assignment: Assignment = {
    ...{
      objectiveId: 'objective',
      attempt: 1,
      tier: 'nano',
      profile: loadTiers(loadCatalogue()).nano,
      limits: limits(),
    },
    ...{ textRef: '', workspaceRef: '', previous: null, dependencies: await Promise.all(dependencies) },
    subtask: subtask('triage', [], { kind: 'triage', planRef }),
  };
  const triage = async () => {
    const outcome = await run(createNanoActivities(services).triageFindings, assignment);
    const result = await store.blobs.getJson(outcome.resultRef, SubtaskResultSchema);
    return { outcome, findings: result.kind === 'triage' ? result.findings : [] };
  };
  return { triage, asked, standIn, keys: () => standIn.log.creates.map(({ callKey }) => callKey).toSorted() };
}

const idsIn = (request: StandInRequest): string[] =>
  [...sectionText(request, 'findings').matchAll(/^\[([a-z0-9-]+)\] /gm)].map(([, id = '']) => id);

/** Answers for the ids of the request, changed as a model may err. */
const answering =
  (err: (items: TriageDraft['items'], before: number) => TriageDraft['items']): Script =>
  ({ request, callKey, before }) => {
    const items = idsIn(request).map((id) => ({
      ...{ id, severity: 'low' as const, area: 'area', duplicateOf: null },
    }));
    const repairs = Number(/repair-(\d)/.exec(callKey)?.[1] ?? before);
    return { kind: 'answer', utterance: { text: JSON.stringify({ items: err(items, repairs) }) } };
  };

describe('a triage', () => {
  test('asks for twenty findings at a time, each batch under a key of its own', async () => {
    const { triage, keys } = await triageOf([investigated(many('a', 25)), investigated(many('b', 20))]);
    const { outcome, findings } = await triage();
    expect(keys()).toEqual([0, 1, 2].map((batch) => `objective/triage/1/${batch}/triage`));
    expect(outcome).toMatchObject({ status: 'completed', findings: 45, spend: { calls: 3 } });
    expect(findings.map(({ id }) => id)).toEqual([...many('a', 25), ...many('b', 20)].map(({ id }) => id));
  });

  test('takes severity and area from the answers, and a short area at that', async () => {
    const area = 'a'.repeat(500);
    const script = answering((items) => items.map((item) => ({ ...item, severity: 'critical', area })));
    const { triage } = await triageOf([investigated(many('a', 2))], { script });
    for (const { severity, area: kept } of (await triage()).findings) {
      expect(severity).toBe('critical');
      expect(kept.length).toBeLessThan(100);
    }
  });

  test('merges what is the same, also between batches and subtasks', async () => {
    const twins = [...many('a', 20), finding('b-1', { path: 'src/a.ts', startLine: 7, endLine: 7 })];
    const { triage } = await triageOf([investigated(twins.slice(0, 20)), investigated(twins.slice(20))]);
    const { outcome, findings } = await triage();
    expect(outcome.summary).toMatch(/^21 findings, 20 distinct/);
    expect(findings.filter(({ duplicates }) => duplicates.length > 0)).toMatchObject([
      { id: 'a-7', duplicates: ['b-1'] },
    ]);
  });

  test('sees its instructions, and nothing of checks', async () => {
    const check: SubtaskResult = {
      ...{ kind: 'check', name: 'tests', command: 'true', exitCode: 0, signal: null, durationMs: 1 },
      output: { text: 'the output of the check', bytes: 23, isCut: false },
    };
    const { triage, asked } = await triageOf([check, investigated(many('a', 1))], { instructions: 'Users first.' });
    expect((await triage()).findings).toHaveLength(1);
    expect(asked.join()).toContain('Users first.');
    expect(asked.join()).not.toContain('the output of the check');
  });

  test('of nothing asks nothing', async () => {
    const { triage, keys } = await triageOf([investigated([])]);
    expect((await triage()).outcome).toMatchObject({ findings: 0, spend: { calls: 0, costMicros: 0 } });
    expect(keys()).toEqual([]);
  });

  test.each<[string, (items: TriageDraft['items']) => TriageDraft['items'], string]>([
    ['leaves one out', (items) => items.slice(1), 'No answer for: a-1.'],
    ['invents one', (items) => items.map((item, index) => (index === 0 ? { ...item, id: 'z-9' } : item)), 'z-9'],
    ['answers one twice', (items) => [...items, ...items.slice(0, 1)], 'Answered more than once: a-1.'],
  ])('whose answer %s is sent back with the id', async (_, err, problem) => {
    const script = answering((items, repairs) => (repairs === 0 ? err(items) : items));
    const { triage, asked, keys } = await triageOf([investigated(many('a', 3))], { script });
    const { outcome, findings } = await triage();
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual(many('a', 3).map(({ id }) => [id, 'low']));
    expect(outcome.spend.calls).toBe(2);
    expect(keys()).toEqual(['objective/triage/1/0/triage', 'objective/triage/1/0/triage.repair-1']);
    expect(asked[1]).toContain(problem);
  });

  test('whose answer stays wrong fails as such, and loses no finding silently', async () => {
    const { triage } = await triageOf([investigated(many('a', 3))], { script: answering((items) => items.slice(1)) });
    await expect(triage()).rejects.toMatchObject({
      type: 'ModelAnswerInvalid',
      message: expect.stringContaining('a-1'),
    });
  });

  test('that failed in one batch makes only the missing call again', async () => {
    const script: Script = ({ callKey, before }) =>
      callKey.includes('/1/triage') && before === 0 ? { kind: 'error', status: 500, code: 'server_error' } : null;
    const { triage, standIn } = await triageOf([investigated(many('a', 41))], { script });
    await expect(triage()).rejects.toMatchObject({ type: 'ModelUnavailable' });
    expect((await triage()).findings).toHaveLength(41);
    expect([0, 1, 2].map((batch) => standIn.log.count(`objective/triage/1/${batch}/triage`))).toEqual([1, 2, 1]);
  });
});
