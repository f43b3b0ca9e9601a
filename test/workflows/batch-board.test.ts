import { describe, expect, test } from '@jest/globals';
import type { FailureNote } from '../../src/contracts/failures.ts';
import { BatchBoard } from '../../workflows/batch-board.ts';
import { MapState } from '../../workflows/map-state.ts';

const WAIT = 30_000;
const WAITS = { firstMs: WAIT, mostMs: 20 * WAIT };
const sent = (throughShard: number, calls = 100) => ({ calls, throughShard, isHeld: false });
const ended = (rejected: FailureNote | null = null) => ({ isEnded: true, says: '', done: 100, rejected });
const working = (done = 0) => ({ isEnded: false, says: 'in_progress', done, rejected: null });
const tooMuch: FailureNote = { type: 'ModelRateLimited', message: 'too much waits already' };

describe('the batches of a map', () => {
  test('are two at most, one after the other, each where the one before stopped', () => {
    const board = new BatchBoard(10, WAITS);
    expect(board.step(0, false)).toMatchObject({ what: 'submit', number: 1, fromShard: 0, mostCalls: 20_000 });
    board.submitted(sent(4), 0);
    expect(board.step(0, false)).toMatchObject({ what: 'submit', number: 2, fromShard: 4 });
    board.submitted(sent(8), 10);
    expect(board.step(20, false)).toEqual({ what: 'wait', ms: WAIT - 20 });
  });

  test('open their shards when they have ended, in whichever order', () => {
    const board = new BatchBoard(10, WAITS);
    board.submitted(sent(4), 0);
    board.submitted(sent(10), 0);
    expect(board.openShards).toBe(0);
    board.told(2, ended(), WAIT);
    expect([board.openShards, board.isThrough]).toEqual([0, false]);
    board.told(1, ended(), WAIT);
    expect([board.openShards, board.isThrough]).toEqual([10, true]);
  });

  test('keep a shard closed that another one holds the rest of', () => {
    const board = new BatchBoard(10, WAITS);
    board.submitted(sent(4), 0);
    board.submitted(sent(4), 0);
    board.told(1, ended(), WAIT);
    expect(board.openShards).toBe(4);
    board.submitted(sent(10), WAIT);
    board.told(3, ended(), WAIT);
    expect(board.openShards).toBe(4);
    board.told(2, ended(), WAIT);
    expect(board.openShards).toBe(10);
  });

  test('are asked about less and less often, up to the longest wait', () => {
    const board = new BatchBoard(1, WAITS);
    board.submitted(sent(1), 0);
    const waits: number[] = [];
    for (let now = 0; waits.length < 8;) {
      const step = board.step(now, false);
      if (step.what === 'wait') {
        waits.push((step.ms ?? 0) / WAIT);
        now += step.ms ?? 0;
      } else board.told(1, working(), now);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 20, 20, 20]);
  });

  test('are none where there was nothing to send', () => {
    const board = new BatchBoard(3, WAITS);
    board.submitted(sent(3, 0), 0);
    expect([board.out, board.isThrough]).toEqual([[], true]);
  });

  test('wait where others hold the budget, until one of them has ended', () => {
    const board = new BatchBoard(10, WAITS);
    board.submitted(sent(4), 0);
    board.submitted({ calls: 0, throughShard: 4, isHeld: true }, 0);
    for (let now = 1; now < 100 * WAIT;) {
      const step = board.step(now, false);
      expect(step.what).not.toBe('submit');
      if (step.what === 'wait') now += step.ms ?? 0;
      else board.told(1, working(), now);
    }
    board.told(1, ended(), 100 * WAIT);
    expect(board.step(100 * WAIT, false)).toMatchObject({ what: 'submit', number: 2, fromShard: 4 });
  });

  test('look again by and by where something else holds the budget', () => {
    const board = new BatchBoard(10, WAITS);
    const held = { calls: 0, throughShard: 0, isHeld: true };
    board.submitted(held, 0);
    expect(board.step(0, false)).toEqual({ what: 'wait', ms: WAIT });
    expect(board.step(WAIT, false)).toMatchObject({ what: 'submit', number: 1 });
    board.submitted(held, WAIT);
    expect(board.step(WAIT, false)).toEqual({ what: 'wait', ms: 2 * WAIT });
  });

  test('are not sent while the map is paused, and still brought home', () => {
    const board = new BatchBoard(10, WAITS);
    expect(board.step(0, true)).toEqual({ what: 'wait', ms: null });
    board.submitted(sent(4), 0);
    expect(board.step(0, true)).toEqual({ what: 'wait', ms: WAIT });
    expect(board.step(WAIT, true)).toMatchObject({ what: 'collect', batch: { number: 1 } });
  });

  test('that were turned away go again, later and smaller, until one is taken', () => {
    const board = new BatchBoard(10, WAITS);
    board.submitted(sent(4), 0);
    board.submitted(sent(8), 0);
    board.told(1, ended(tooMuch), 0);
    expect(board.openShards).toBe(0);
    expect(board.step(0, false)).toEqual({ what: 'wait', ms: WAIT });
    expect(board.step(WAIT - 1, false)).toEqual({ what: 'wait', ms: 1 });
    board.told(2, working(), WAIT);
    const again = board.step(WAIT, false);
    expect(again).toMatchObject({ what: 'submit', number: 3, fromShard: 0, mostCalls: 50 });
    board.submitted(sent(0, 50), WAIT);
    board.told(3, ended(tooMuch), WAIT);
    expect(board.step(WAIT, false)).toEqual({ what: 'wait', ms: 2 * WAIT });
    expect(board.step(4 * WAIT - 1, false)).toMatchObject({ what: 'collect', batch: { number: 2 } });
    board.told(2, ended(), 4 * WAIT);
    expect(board.step(4 * WAIT, false)).toMatchObject({ what: 'submit', number: 4, mostCalls: 50 });
  });

  test('are carried whole into the next run', () => {
    const board = new BatchBoard(10, WAITS);
    board.submitted(sent(4), 0);
    board.told(1, working(7), WAIT);
    const next = new BatchBoard(10, WAITS, structuredClone(board.snapshot()));
    expect([next.step(WAIT, true), next.openShards, next.out]).toEqual([
      board.step(WAIT, true),
      board.openShards,
      [{ number: 1, fromShard: 0, calls: 100, done: 7, polls: 1, dueAtMs: 3 * WAIT }],
    ]);
    expect(next.step(WAIT, false)).toMatchObject({ what: 'submit', number: 2, fromShard: 4 });
  });
});

describe('a map in the lane of batches', () => {
  const frozen = { itemsRef: 'sha256:items', items: 100, shards: 10, isRanked: true, lane: 'batch' as const };

  test('starts the shards whose calls had their batch, and no others', () => {
    const state = new MapState(0, WAITS);
    state.froze(frozen);
    expect(state.takeStartable()).toEqual([]);
    state.board?.submitted(sent(2), 0);
    expect(state.progress().batches).toEqual({ out: 1, calls: 100, done: 0 });
    expect(state.takeStartable()).toEqual([]);
    state.board?.told(1, ended(), WAIT);
    expect(state.takeStartable()).toEqual([0, 1]);
    expect(state.isThrough).toBe(false);
    expect(state.progress().batches).toBeUndefined();
  });

  test('begins anew with its pairs, and carries what is out', () => {
    const state = new MapState(0, WAITS);
    state.froze(frozen);
    state.board?.submitted(sent(10), 0);
    state.paired({ itemsRef: 'sha256:pairs', items: 20, shards: 2 });
    expect(state.board?.step(0, false)).toMatchObject({ what: 'submit', number: 1, fromShard: 0 });
    state.board?.submitted(sent(2), 0);
    const next = new MapState(5, WAITS, structuredClone(state.snapshot()));
    expect([next.phase, next.board?.out]).toEqual(['pairs-1', state.board?.out]);
  });

  test('that is paused does not continue as new before it is resumed: the next run would not know', () => {
    const state = new MapState(0, WAITS);
    state.froze(frozen);
    state.drain();
    state.pause();
    expect(state.isDrained).toBe(false);
    state.resume();
    expect(state.isDrained).toBe(true);
  });

  test('has none where its lane is live', () => {
    const state = new MapState(0, WAITS);
    state.froze({ ...frozen, lane: 'live' });
    expect(state.board).toBeNull();
    expect(state.takeStartable()).toHaveLength(4);
  });
});
