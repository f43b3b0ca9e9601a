/** Which lane a map takes that leaves it to us: half of Nano's price against a day. */
import { describe, expect, test } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { MapSpec } from '../../src/contracts/map.ts';
import { assumedMap, chosenLane } from '../../src/estimate/map.ts';
import { priceOf } from '../../src/estimate/prices.ts';
import { fleet } from '../support/builders.ts';

const profile = fleet().tiers.nano;
const model = { profile, figures: priceOf(loadCatalogue())(profile.model) };
const map = (change: Partial<MapSpec>): MapSpec => ({
  operation: { name: 'classify', labels: [{ name: 'a' }, { name: 'b' }], other: false },
  input: { path: 'items.jsonl' },
  ...{ pack: 1, lane: 'auto', reuse: true, ...change },
});
const RANK: Partial<MapSpec> = { operation: { name: 'rank', criterion: 'urgency', comparisons: 2 } };
const [SMALL, LARGE] = [10_000, 10_000_000];

describe('a map with the lane `auto`', () => {
  test.each<[string, Partial<MapSpec>, number, string]>([
    ['waits where nothing is said of a deadline', {}, LARGE, 'batch'],
    ['waits where there is a day', { deadlineHours: 24 }, LARGE, 'batch'],
    ['does not wait where there is less', { deadlineHours: 23.9 }, LARGE, 'live'],
    ['waits a day for each round of a ranking', { ...RANK, deadlineHours: 72 }, LARGE, 'batch'],
    ['does not wait where a ranking has less', { ...RANK, deadlineHours: 71 }, LARGE, 'live'],
    ['does not wait for less than a cent', {}, SMALL, 'live'],
    ['does what it is told', { lane: 'batch', deadlineHours: 1 }, SMALL, 'batch'],
    ['does what it is told, also live', { lane: 'live' }, LARGE, 'live'],
  ])('%s', (_, change, bytes, lane) => {
    expect(chosenLane(model, map(change), bytes)).toBe(lane);
  });

  test('is live where the model has no batches', () => {
    const without = { ...model, profile: { ...profile, capabilities: [] } };
    expect(chosenLane(without, map({}), LARGE)).toBe('live');
  });

  test('costs what its lane costs', () => {
    const costs = (lane: MapSpec['lane'], bytes: number) => assumedMap(model, map({ lane }), bytes);
    expect(costs('auto', LARGE)).toEqual(costs('batch', LARGE));
    expect(costs('auto', SMALL)).toEqual(costs('live', SMALL));
    expect(costs('batch', LARGE).costMicros.likely).toBeLessThan(0.51 * costs('live', LARGE).costMicros.likely);
  });
});
