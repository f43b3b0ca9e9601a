import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WallTime } from '../../workflows/wall-time.ts';

const START_MS = 1_000_000;

beforeEach(() => void jest.useFakeTimers({ now: START_MS }));
afterEach(() => void jest.useRealTimers());

/** What it says so long after the start. */
function after(ms: number, time: WallTime) {
  jest.setSystemTime(START_MS + ms);
  return { isUp: time.isUp, leftMs: time.leftMs };
}

describe('the time of an objective', () => {
  test('is up when it has passed, and not a millisecond before', () => {
    const time = new WallTime(START_MS, 500);
    expect(after(0, time)).toEqual({ isUp: false, leftMs: 500 });
    expect(after(499, time)).toEqual({ isUp: false, leftMs: 1 });
    expect(after(500, time)).toEqual({ isUp: true, leftMs: 0 });
    expect(after(9000, time)).toEqual({ isUp: true, leftMs: 0 });
  });

  test('that is extended before it is up lasts so much longer', () => {
    const time = new WallTime(START_MS, 500);
    after(400, time);
    time.extend(1000);
    expect(after(1499, time)).toEqual({ isUp: false, leftMs: 1 });
    expect(after(1500, time)).toEqual({ isUp: true, leftMs: 0 });
  });

  test('that is extended afterwards begins anew: what passed meanwhile is not taken off', () => {
    const time = new WallTime(START_MS, 500);
    after(9000, time);
    time.extend(1000);
    expect(after(9999, time)).toEqual({ isUp: false, leftMs: 1 });
    expect(after(10_000, time)).toEqual({ isUp: true, leftMs: 0 });
  });

  test('goes on in the next run with what was left', () => {
    const first = new WallTime(START_MS, 500);
    const { leftMs } = after(200, first);
    const next = new WallTime(START_MS + 250, leftMs);
    expect(after(549, next)).toEqual({ isUp: false, leftMs: 1 });
    expect(after(550, next)).toEqual({ isUp: true, leftMs: 0 });
  });

  test('has no end where none was set, and none can be added', () => {
    const time = new WallTime(START_MS, null);
    time.extend(1000);
    expect(after(1e12, time)).toEqual({ isUp: false, leftMs: null });
  });
});
