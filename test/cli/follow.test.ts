/** Following while nobody answers: a server that comes back is waited for, one that does not is told of, and a worker is always waited for. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { toldOf } from '../../src/cli/errors.ts';
import { follow, ServerGone } from '../../src/cli/follow.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { ObjectiveView } from '../../src/client/objective-handle.ts';
import type { Progress } from '../../src/contracts/objective.ts';
import { ObjectiveState } from '../../workflows/objective-state.ts';
import { rules, subtask } from '../support/builders.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const stream = (): NodeJS.WriteStream => new PassThrough() as unknown as NodeJS.WriteStream;
const NO_METER = { cap: null, settled: 0, reserved: 0, inDoubt: 0 };
const open = new ObjectiveState(rules(), 0).progress();
const ended: Progress = { ...open, status: 'completed', phase: 'ended' };

const view = (isServerThere: boolean, progress: Progress = open): ObjectiveView => ({
  objectiveId: 'test',
  progress,
  notice: isServerThere ? null : 'The Temporal server does not answer.',
  isServerThere,
  spend: [],
  account: null,
  maps: {},
});

/** Follows views that come a second apart. */
function followed(...views: ObjectiveView[]) {
  return followedOn(stream(), ...views);
}

function followedOn(out: NodeJS.WriteStream, ...views: ObjectiveView[]) {
  async function* watch(): AsyncGenerator<ObjectiveView, void, undefined> {
    for (const each of views) {
      jest.advanceTimersByTime(1000);
      yield each;
    }
  }
  const terminal = new Terminal(out, stream());
  return follow(
    { id: 'test', watch },
    { terminal, reportsFolder: '/r', json: false, detached: new AbortController().signal },
  );
}

const seconds = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('a follower', () => {
  test('gives up a server that does not come back, and says what to do', async () => {
    const error: unknown = await followed(view(true), ...seconds(200, view(false))).catch((gone: unknown) => gone);
    expect(error).toBeInstanceOf(ServerGone);
    expect(toldOf(error)).toEqual({
      exitCode: 1,
      message:
        'The Temporal server has not answered for 45 seconds. Nothing is lost: test goes on once it is back. ' +
        'Start it (flotilla up, or the one of TEMPORAL_ADDRESS), then: flotilla watch test',
    });
  });

  test('outlasts a server that comes back within half a minute, again and again', async () => {
    const outage = [...seconds(30, view(false)), view(true)];
    await expect(followed(...outage, ...outage, ...outage, view(true, ended))).resolves.toMatchObject({
      status: 'completed',
    });
  });

  test('waits for a worker for as long as it takes', async () => {
    const waiting: ObjectiveView = { ...view(true), progress: null, notice: 'No manager worker answers.' };
    await expect(followed(...seconds(10_000, waiting), view(true, ended))).resolves.toMatchObject({ phase: 'ended' });
  });
});

test('whoever follows is told once that most of the cap is spent', async () => {
  const spent = (micros: number): ObjectiveView => ({
    ...view(true),
    spend: [
      {
        ...{
          subtaskId: 'manager',
          tier: 'manager',
          model: 'gpt-5.4',
          calls: 1,
          inFlight: 0,
          turns: 1,
          standInCalls: 0,
        },
        ...{ inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
        ...{ settledMicros: micros, reservedMicros: 0, inDoubtMicros: 0 },
      },
    ],
    account: {
      accountId: 'test',
      parentId: null,
      micros: { ...NO_METER, cap: 2_000_000 },
      tokens: NO_METER,
      calls: NO_METER,
      quota: NO_METER,
    },
  });
  const out = stream();
  await followedOn(out, spent(1_500_000), spent(1_600_000), spent(1_700_000), view(true, ended));
  const said = String((out as unknown as PassThrough).read());
  expect(said.match(/of the cap of \$2\.00 is spent/g)).toEqual(['of the cap of $2.00 is spent']);
  expect(said).toContain('$1.60 of the cap');
});

test('whoever follows off a terminal is told now and then how far a map is, and what its subtask costs', async () => {
  const state = new ObjectiveState(rules(), 0);
  state.adopt([subtask('sort', [], { kind: 'map', tier: 'nano' })], 'because');
  state.takeStartable(0);
  const at = (done: number): ObjectiveView => ({
    ...view(true, state.progress()),
    maps: {
      sort: {
        ...{ phase: 'items', done, items: 100, dead: 0, reused: 0, calls: done, costMicros: done },
        ...{ perSecond: 0, secondsLeft: null },
      },
    },
  });
  const out = stream();
  await followedOn(out, at(1), at(2), at(10), ...seconds(9, at(11)), at(12), at(13), view(true, ended));
  const told = [...String((out as unknown as PassThrough).read()).matchAll(/\] sort: (.*)$/gm)].map(([, line]) => line);
  expect(told).toEqual([1, 10, 12].map((done) => `${done} of 100 items · $0 so far`));
});

test('whoever follows what has ended already is told when it did, in that order, not how long ago that was', async () => {
  const [first, later] = [subtask('first'), subtask('later')];
  const state = new ObjectiveState(rules(), 1_000);
  state.adopt([first, later], 'because');
  state.takeStartable(1_000);
  const progress = state.progress();
  const endedAt = [61_000, 3_000];
  const over: Progress = {
    ...progress,
    ...{ status: 'completed', phase: 'ended', startedAtMs: 1_000, endedAtMs: 91_500 },
    subtasks: progress.subtasks.map((each, place) => ({ ...each, state: 'completed', endedAtMs: endedAt[place] ?? 0 })),
  };
  const out = stream();
  await followedOn(out, view(true, over));
  const told = String((out as unknown as PassThrough).read());
  expect(told.split('\n').map((line) => line.split(/[:·]/)[0])).toEqual([
    '[2.0 s] later completed',
    '[60.0 s] first completed',
    '[1 min 31 s] ended',
    '',
  ]);
});
