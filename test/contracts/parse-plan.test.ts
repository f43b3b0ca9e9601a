import { describe, expect, test } from '@jest/globals';
import type { Fleet } from '../../src/contracts/capabilities.ts';
import { parsePlan, problemText } from '../../src/contracts/parse-plan.ts';
import { acceptanceOf, fromDraft } from '../../src/contracts/plan.ts';
import { fleet, planRules } from '../support/builders.ts';

const rules = planRules({ checks: ['unit'] });
const investigate = (id: string, change: object = {}) => ({
  id,
  kind: 'investigate',
  title: id,
  instructions: 'look',
  ...change,
});
const problemsOf = (plan: unknown) => parsePlan(plan, rules).problems?.map(problemText).join(' | ') ?? '';

describe('a plan from outside', () => {
  test('is completed with what it leaves out', () => {
    const { plan } = parsePlan({ subtasks: [investigate('a')] }, rules);
    expect(plan?.subtasks[0]).toMatchObject({ dependsOn: [], weight: 1, paths: [] });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /expected object/],
    ['no subtasks', { subtasks: [] }, /at least one subtask/],
    ['an unknown kind', { subtasks: [{ id: 'a', kind: 'dance', title: 'a' }] }, /subtasks\[0\]\.kind: Invalid/],
    ['an unknown tier', { subtasks: [investigate('a', { tier: 'giant' })] }, /subtasks\[0\]\.tier: Invalid option/],
    ['an unknown field', { subtasks: [investigate('a', { sudo: true })] }, /Unrecognized key: "sudo"/],
    ['an unusable id', { subtasks: [investigate('A B')] }, /an id is a lower-case letter/],
    ['the id of the manager', { subtasks: [investigate('manager')] }, /subtasks\[0\]\.id: this id is taken/],
    ['instructions that are missing', { subtasks: [{ id: 'a', kind: 'investigate', title: 'a' }] }, /instructions/],
    [
      'a check that nobody named',
      { subtasks: [{ id: 'a', kind: 'check', title: 'a', check: 'rm' }] },
      /"rm", which does not exist \(known are: unit\)/,
    ],
    [
      'an acceptance that says nothing',
      { subtasks: [investigate('a', { acceptance: ' ' })] },
      /subtasks\[0\]\.acceptance/,
    ],
    ['an endless acceptance', { subtasks: [investigate('a', { acceptance: 'x'.repeat(1001) })] }, /acceptance: .*1000/],
    [
      'an acceptance where the exit code decides',
      { subtasks: [{ id: 'a', kind: 'check', title: 'a', check: 'unit', acceptance: 'fine' }] },
      /Unrecognized key: "acceptance"/,
    ],
    ['a weight of zero', { subtasks: [investigate('a', { weight: 0 })] }, /weight/],
  ])('is refused for %s, with the place', (_, plan, problem) => {
    expect(problemsOf(plan)).toMatch(problem);
  });

  test('of ten thousand subtasks is refused before any of them is looked at', () => {
    const plan = { subtasks: Array.from({ length: 10_000 }, () => 'not even a subtask') };
    expect(problemsOf(plan)).toBe(
      'subtasks: The plan has 10000 subtasks; at most 100 are allowed (limits.maxSubtasks).',
    );
  });

  test.each([
    ['a text is what its results are judged by', 'investigate', ' Names every caller. ', 'Names every caller.'],
    ['a text, of a triage, too', 'triage', 'Merged.', 'Merged.'],
    ['null asks for no judge', 'investigate', null, undefined],
    ['an empty text asks for no judge', 'triage', ' ', undefined],
    ['a check has no judge', 'check', 'It passes.', undefined],
  ] as const)('a draft whose acceptance is %s', (_, kind, acceptance, wanted) => {
    const draft = {
      id: 'a',
      kind,
      title: 'a',
      instructions: 'look',
      paths: [],
      map: null,
      questions: null,
      check: 'unit',
      dependsOn: [],
      weight: 1,
    };
    const { plan } = parsePlan(fromDraft([{ ...draft, acceptance }]), rules);
    expect(plan?.subtasks.map(acceptanceOf)).toEqual([wanted]);
  });

  test('runs no command that a model writes: a draft names a check, and has no place for anything else', () => {
    const draft = {
      id: 'c',
      kind: 'check' as const,
      title: 'c',
      instructions: 'rm -rf /',
      paths: [],
      map: null,
      questions: null,
      acceptance: null,
      dependsOn: [],
      weight: 1,
    };
    const { plan } = parsePlan(fromDraft([{ ...draft, check: 'unit' }]), rules);
    expect(plan?.subtasks[0]).toEqual({ id: 'c', kind: 'check', title: 'c', check: 'unit', dependsOn: [], weight: 1 });
    expect(problemsOf(fromDraft([{ ...draft, check: 'rm -rf /' }]))).toMatch(/which does not exist/);
  });
});

describe('a plan with questions', () => {
  const told = (change: object): string => problemsOf({ subtasks: [{ id: 'q', kind: 'ask', title: 'Q', ...change }] });

  test.each<[string, object, RegExp]>([
    ['names none', {}, /subtasks\[0\]\.questions/],
    ['has an empty list of them', { questions: [] }, /subtasks\[0\]\.questions: an ask has at least one question/],
    ['has more than eight', { questions: Array(9).fill('Why?') }, /questions: an ask has at most 8 questions/],
    ['asks nothing', { questions: ['Why?', ' '] }, /questions\[1\]: a question says something/],
    ['has instructions beside them', { questions: ['Why?'], instructions: 'Ask.' }, /instructions/],
  ])('is told where one %s', (_, change, wanted) => {
    expect(told(change)).toMatch(wanted);
  });

  test('has them in that kind alone', () => {
    expect(problemsOf({ subtasks: [{ ...investigate('a'), questions: ['Why?'] }] })).toMatch(/questions/);
  });

  test('may be a model’s: a draft names them, and what its result must satisfy', () => {
    const draft = { id: 'q', kind: 'ask' as const, title: 'Q', instructions: '', paths: [], map: null, check: null };
    const drafted = { ...draft, questions: [' Why? '], acceptance: 'It says why.', dependsOn: [], weight: 1 };
    const { plan } = parsePlan(fromDraft([drafted]), rules);
    expect(plan?.subtasks).toEqual([
      { id: 'q', kind: 'ask', title: 'Q', questions: ['Why?'], acceptance: 'It says why.', dependsOn: [], weight: 1 },
    ]);
    expect(problemsOf(fromDraft([{ ...drafted, questions: null }]))).toMatch(/at least one question/);
  });
});

describe('a plan with maps', () => {
  const map = (change: object = {}) => ({
    ...{ id: 'sort', kind: 'map', title: 'Sort', input: { path: 'data/rows.csv' } },
    ...{ operation: { name: 'classify', labels: [{ name: 'a' }, { name: 'b' }] }, ...change },
  });
  const told = (change: object, readsOutside = false): string[] =>
    (parsePlan({ subtasks: [investigate('a'), map(change)] }, planRules({ readsOutside })).problems ?? []).map(
      problemText,
    );

  test('that can be carried out stands', () => {
    expect(told({})).toEqual([]);
  });

  test.each<[string, object, string]>([
    [
      'one label',
      { operation: { name: 'classify', labels: [{ name: 'a' }] } },
      'subtasks[1].operation.labels: 1 given; at least 2 are needed for a choice.',
    ],
    [
      'bounds that are turned round',
      { operation: { name: 'score', rubric: 'x', min: 2, max: 1 } },
      'subtasks[1].operation.min: 2 is not below max, which is 1.',
    ],
    [
      'a schema that is too wide',
      { operation: { name: 'extract', schema: { type: 'object', properties: {} } } },
      'subtasks[1].operation.schema: The root of the schema has no properties: there is nothing to take out.',
    ],
    [
      'a pack of what goes alone',
      { operation: { name: 'review', lookFor: 'x' }, pack: 2 },
      'subtasks[1].pack: review takes one item at a time; leave pack at 1.',
    ],
    [
      'a threshold where nothing is sure',
      { operation: { name: 'review', lookFor: 'x' }, threshold: 0.5 },
      'subtasks[1].threshold: an answer of review has no confidence to compare it with; leave it out.',
    ],
  ])('is refused for %s, at the setting', (_, change, problem) => {
    expect(told(change)).toEqual([problem]);
    expect(told(change, true)).toEqual([problem]);
  });

  test.each(['/etc/passwd', '../rows.csv', 'data/../../rows.csv', '/**/*.csv'])(
    'reads %s where a caller says so, and never because a model does',
    (path) => {
      expect(told({ input: { path } }, true)).toEqual([]);
      expect(told({ input: { path } })).toEqual([
        `subtasks[1].input.path: Subtask "sort" reads "${path}", which is not in the workspace; name a path relative to it, without "..".`,
      ]);
    },
  );
});

describe('a map of what another one leaves', () => {
  const operation = { name: 'score', rubric: 'How urgent?' };
  const path = '.flotilla/results/first/results.jsonl';
  const second = {
    ...{ id: 'second', kind: 'map', title: 'Second', operation },
    input: { path, textColumn: 'result' },
  };
  const told = (first: object, change: object): string[] =>
    (parsePlan({ subtasks: [first, { ...second, ...change }] }, rules).problems ?? []).map(problemText);
  const first = { ...second, id: 'first', input: { path: 'rows.csv' } };

  test('waits for it', () => {
    expect(told(first, { dependsOn: ['first'] })).toEqual([]);
    expect(told(first, {})).toEqual([
      'subtasks[1].input.path: Subtask "second" reads what "first" leaves; it must depend on it (dependsOn).',
    ]);
  });

  test('reads no other kind', () => {
    const look = { id: 'first', kind: 'investigate', title: 'Look', instructions: 'Look.' };
    expect(told(look, { dependsOn: ['first'] })).toEqual([
      'subtasks[1].input.path: Subtask "second" reads what "first" leaves, which is no map.',
    ]);
  });
});

describe('a plan whose models can’t do what its kinds need', () => {
  const { tiers, ladders } = fleet();
  const mute = { ...tiers.mini, model: 'mute-model', capabilities: [] };
  const told = (subtasks: unknown[], change: Partial<Fleet>): string[] =>
    (parsePlan({ subtasks }, { ...rules, fleet: { tiers, ladders, ...change } }).problems ?? []).map(problemText);

  test.each(['live', 'batch', 'auto'])(
    'in the lane "%s" is a map that needs batches where it can’t do without',
    (lane) => {
      const operation = { name: 'score', rubric: 'How urgent?' };
      const map = { id: 'm', kind: 'map', title: 'm', operation, input: { path: 'a.csv' }, lane };
      const nano = { ...mute, capabilities: ['strictSchema' as const] };
      expect(told([map], { tiers: { ...tiers, nano } })).toEqual(
        lane === 'batch'
          ? [
              `subtasks[0].lane: Subtask "m" can't be carried out: the kind "map" in the lane "batch" needs a model with batch, and that of the tier "nano" (mute-model) lacks batch.`,
            ]
          : [],
      );
      expect(told([map], {})).toEqual([]);
    },
  );

  test('is refused by kind, capability, tier and model, at the subtask', () => {
    expect(
      told([{ id: 't', kind: 'triage', title: 't' }, investigate('a')], { tiers: { ...tiers, mini: mute } }),
    ).toEqual([
      `subtasks[1].kind: Subtask "a" can't be carried out: the kind "investigate" needs a model with tools, and that of the tier "mini" (mute-model) lacks tools.`,
    ]);
  });

  test('is refused for every tier that a subtask may climb to', () => {
    expect(told([investigate('a')], { tiers: { ...tiers, mini: mute, manager: mute } })).toHaveLength(2);
    expect(told([investigate('a')], { tiers: { ...tiers, manager: mute } })).toEqual([
      expect.stringContaining('"manager"'),
    ]);
  });

  test('is refused for the tier that a subtask names, and only for what lies above it', () => {
    const nanoMute = { tiers: { ...tiers, nano: mute } };
    expect(told([investigate('a', { tier: 'nano' })], nanoMute)).toEqual([
      expect.stringMatching(/^subtasks\[0\]\.tier: .*"nano"/),
    ]);
    expect(told([investigate('a')], nanoMute)).toEqual([]);
    expect(told([investigate('a', { tier: 'manager' })], { tiers: { ...tiers, mini: mute } })).toEqual([]);
  });

  test('stands where no model takes part, or nothing is needed of it', () => {
    const allMute = { tiers: { manager: mute, mini: mute, nano: mute } };
    const plan = [
      { id: 't', kind: 'triage', title: 't' },
      { id: 'c', kind: 'check', title: 'c', check: 'unit', tier: 'nano' },
    ];
    expect(told(plan, allMute)).toEqual([]);
  });

  test('goes by the ladders in force', () => {
    const change = {
      tiers: { ...tiers, mini: mute },
      ladders: { ...ladders, investigate: [{ tier: 'manager' as const, tries: 1 }] },
    };
    expect(told([investigate('a')], change)).toEqual([]);
  });
});
