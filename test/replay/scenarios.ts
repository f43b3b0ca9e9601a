/**
 * Objectives whose histories are worth keeping, chosen so that every path of both Workflows is in one of them. Each says what the model does,
 * what a person does meanwhile, and under which name whose history is kept.
 */
import type { WorkflowClient } from '@temporalio/client';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import type { StartOptions } from '../../src/client/prepare.ts';
import { subtaskWorkflowId } from '../../src/contracts/addresses.ts';
import type { Progress } from '../../src/contracts/objective.ts';
import type { Incoming, Reaction, Script } from '../../src/standin/reaction.ts';
import type { Product } from '../support/product.ts';
import { Gate } from '../support/gate.ts';
import { callsTool, drafted, says, saysExtend, saysPlan } from '../support/says.ts';
import { until } from '../support/until.ts';
import { resumeSignal } from '../../workflows/messages.ts';

type Steer = (handle: ObjectiveHandle, workflow: WorkflowClient, product: Product) => Promise<void>;

export interface Scenario {
  id: string;
  options?: Partial<StartOptions>;
  script?: Script;
  steer?: Steer;
  /** Name of the history → `subtask/attempt`, or null for the objective itself. The last run of each. */
  keep: Record<string, string | null>;
  /** Name of the history → the same, for the run before the last one. */
  keepBefore?: Record<string, string | null>;
}

const refusal: Reaction = { kind: 'refusal' };
const rejects: Reaction = says({ verdict: 'reject', reason: 'As scripted.', missing: ['all'] });
const unpaid: Reaction = { kind: 'error', status: 429, code: 'insufficient_quota' };
const chain = (...ids: string[]) => ids.map((id, index) => drafted(id, { dependsOn: ids.slice(index - 1, index) }));

/** The first reaction whose part of a call key is in the key. */
const byKey =
  (reactions: Record<string, Reaction | ((incoming: Incoming) => Reaction | null | Promise<null>)>): Script =>
  (incoming) => {
    const found = Object.entries(reactions).find(([part]) => incoming.callKey.includes(part))?.[1];
    return typeof found === 'function' ? found(incoming) : (found ?? null);
  };

const reaches = (handle: ObjectiveHandle, wanted: (progress: Progress) => boolean): Promise<void> =>
  until(async () => wanted(await handle.progress()));
const isPaused = ({ pause }: Progress): boolean => pause !== null;

/** Holds one call, and lets a person act while it is held, and after. */
function whileHeld(part: string, act: Steer, after: Steer = async () => undefined): Pick<Scenario, 'script' | 'steer'> {
  const gate = new Gate();
  return {
    script: byKey({
      '/manager/1/0/plan': saysPlan(...chain('a', 'b')),
      [part]: ({ before }) => (before === 0 ? gate.hold() : null),
    }),
    steer: async (...steered) => {
      await until(() => gate.arrived > 0);
      await act(...steered);
      gate.open();
      await after(...steered);
    },
  };
}

async function pauseAndResume(handle: ObjectiveHandle): Promise<void> {
  await handle.pause();
  await reaches(handle, isPaused);
  await handle.resume();
  await reaches(handle, (progress) => !isPaused(progress));
}

const retitles = (from: string, to: string): string =>
  ['*** Begin Patch', '*** Update File: README.md', `-# ${from}`, `+# ${to}`, '*** End Patch'].join('\n');

/** Both change one line: the second is merged at its second attempt. The first one's host falls silent in a command. */
function changes(): Scenario {
  const gate = new Gate();
  const code = (id: string, instructions: string) => ({ id, kind: 'code', title: id, instructions });
  return {
    id: 'changes',
    options: {
      plan: {
        checks: { fine: { command: 'true' } },
        subtasks: [
          code('a', `${retitles('Fixture', 'Kit')}\n$ sleep 5`),
          code('b', `${retitles('Fixture', 'Library')}\n${retitles('Kit', 'Library')}`),
        ],
      },
    },
    script: byKey({ '/b/1/2/turn': ({ before }) => (before === 0 ? gate.hold() : null) }),
    steer: async (handle, workflow, product) => {
      const first = workflow.getHandle(subtaskWorkflowId(handle.id, 'a', 1));
      await until(async () => {
        if (gate.arrived === 0) return false;
        const { raw } = await first.describe();
        const [running] = raw.pendingActivities ?? [];
        return running?.activityType?.name === 'runWorkspaceTools' && running.lastStartedTime != null;
      });
      const worker = product.endpoint.processes['mini'] ?? 0;
      process.kill(worker, 'SIGSTOP');
      await until(async () =>
        ((await first.fetchHistory()).events ?? []).some((event) => event.activityTaskTimedOutEventAttributes),
      );
      process.kill(worker, 'SIGCONT');
      await reaches(handle, ({ merged }) => merged?.length === 1);
      gate.open();
    },
    keep: { 'objective.changes-files': null, 'subagent.loses-its-host': 'a/1', 'subagent.merges-again': 'b/2' },
  };
}

export const SCENARIOS: Scenario[] = [
  changes(),
  {
    id: 'maps',
    options: {
      plan: {
        subtasks: [
          {
            ...{ id: 'sort', kind: 'map', title: 'Sort', input: { path: 'rows.jsonl' } },
            operation: { name: 'classify', labels: [{ name: 'good' }, { name: 'bad' }] },
          },
        ],
      },
    },
    keep: { 'objective.maps': null, 'map.finishes': 'sort/1' },
  },
  {
    id: 'asks',
    script: byKey({ '/why/1/0/ask': refusal }),
    options: {
      isWithoutAnswer: true,
      plan: {
        subtasks: [
          { id: 'why', kind: 'ask', title: 'Why', questions: ['Why?', 'And then?'] },
          { id: 'last', kind: 'ask', title: 'Last', questions: ['What of `it`?'], dependsOn: ['why'] },
        ],
      },
    },
    keep: { 'objective.asks': null },
  },
  { id: 'succeeds', keep: { 'objective.succeeds': null, 'subagent.finishes': 'unfinished/1' } },
  {
    id: 'escalates',
    script: byKey({
      '/manager/1/0/plan': saysPlan(
        ...chain('a', 'b'),
        drafted('sort', { kind: 'triage', dependsOn: ['a', 'c'] }),
        drafted('c'),
      ),
      '/manager/1/1/review': saysExtend(['a', 'b'], drafted('d', { dependsOn: ['c'] })),
      '/a/': refusal,
    }),
    keep: { 'objective.escalates': null, 'subagent.refused': 'a/2' },
  },
  {
    id: 'judges',
    options: { policy: { limits: { maxReplans: 0 } } },
    script: byKey({
      '/manager/1/0/plan': saysPlan(
        drafted('a', { acceptance: 'It names `src/cart.ts`.' }),
        drafted('b', { acceptance: 'It is good.' }),
        drafted('sort', { kind: 'triage', dependsOn: ['a'], acceptance: 'It is good.' }),
      ),
      '/a/1/0/judge': rejects,
      '/b/3/0/judge': ({ before }) => (before === 0 ? unpaid : rejects),
      '/b/': ({ callKey }) => (callKey.endsWith('/judge') ? rejects : null),
    }),
    steer: async (handle) => {
      await reaches(handle, ({ pause }) => pause?.reason === 'ModelBillingStopped');
      await handle.resume();
    },
    keep: { 'objective.judges': null },
  },
  {
    id: 'fails',
    options: {
      plan: {
        checks: { fine: { command: 'true' }, broken: { command: 'echo no; exit 1' } },
        subtasks: [
          { id: 'fine', kind: 'check', title: 'Fine', check: 'fine' },
          { id: 'broken', kind: 'check', title: 'Broken', check: 'broken' },
          { id: 'after', kind: 'check', title: 'After', check: 'fine', dependsOn: ['broken'] },
          { id: 'loop', kind: 'investigate', title: 'Loop', instructions: 'Look around.', tier: 'manager' },
        ],
      },
    },
    script: byKey({ '/loop/': callsTool('list_files', { path: '.' }) }),
    keep: { 'objective.fails': null, 'subagent.repeats-itself': 'loop/1' },
  },
  {
    id: 'pauses',
    ...whileHeld(
      '/a/1/1/turn',
      async (handle) => {
        await handle.pause();
        await reaches(handle, isPaused);
      },
      async (handle) => {
        await until(async () =>
          (await handle.view()).spend.some(({ subtaskId, inFlight }) => subtaskId === 'a' && inFlight === 0),
        );
        await handle.resume();
      },
    ),
    keep: { 'subagent.pauses': 'a/1' },
  },
  {
    id: 'halts',
    options: { budgetUsd: 0.001 },
    script: byKey({
      '/manager/1/0/plan': saysPlan(drafted('a')),
      '/a/1/2/turn': ({ before }) => (before === 0 ? unpaid : null),
    }),
    steer: async (handle) => {
      await reaches(handle, ({ pause }) => pause?.reason === 'BudgetExceeded');
      await handle.raiseBudget({ by: { micros: 5_000_000 } });
      await reaches(handle, ({ pause }) => pause?.reason === 'ModelBillingStopped');
      await handle.resume();
    },
    keep: { 'objective.halts': null, 'subagent.halts': 'a/1' },
  },
  {
    id: 'is-cancelled',
    ...whileHeld('/a/1/1/turn', async (handle) => {
      await handle.cancel();
      await handle.result();
    }),
    keep: { 'objective.is-cancelled': null, 'subagent.is-cancelled': 'a/1' },
  },
  {
    id: 'is-approved',
    options: { approveAboveUsd: 0 },
    script: byKey({
      '/manager/1/0/plan': saysPlan(drafted('a')),
      '/manager/1/1/review': saysExtend([], ...Array.from({ length: 9 }, (_, at) => drafted(`more-${at}`))),
    }),
    steer: async (handle) => {
      for (const round of [1, 2]) {
        await reaches(handle, ({ pause, rounds }) => pause?.reason === 'approval' && rounds.length === round);
        await handle.pause();
        await handle.approve('Fine.');
        await handle.resume();
      }
    },
    keep: { 'objective.is-approved': null },
  },
  {
    id: 'is-refused',
    options: { approveAboveUsd: 0 },
    script: byKey({ '/manager/1/0/plan': saysPlan(drafted('a')) }),
    steer: async (handle) => {
      await reaches(handle, isPaused);
      await handle.refuse('Not now.');
    },
    keep: { 'objective.is-refused': null },
  },
  {
    id: 'continues',
    options: { policy: { limits: { maxHistoryEvents: 200 } } },
    ...whileHeld('/a/1/1/turn', async (handle, workflow) => {
      for (let pauses = 0; pauses < 10; pauses += 1) await pauseAndResume(handle);
      const child = workflow.getHandle(subtaskWorkflowId(handle.id, 'a', 1));
      for (let signals = 0; signals < 70; signals += 1) await child.signal(resumeSignal);
    }),
    keep: { 'objective.goes-on': null, 'subagent.goes-on': 'a/1' },
    keepBefore: { 'objective.continues-as-new': null, 'subagent.continues-as-new': 'a/1' },
  },
];
