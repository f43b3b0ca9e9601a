/** How a map that runs is shown: a bar on a terminal, a sentence elsewhere, numbers to a program. */
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { mapBar, mapText, newsOf, type Told } from '../../src/cli/map-view.ts';
import { planLines } from '../../src/cli/plan-view.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { ObjectiveJsonSchema, toObjectiveJson } from '../../src/cli/view-json.ts';
import type { MapStanding } from '../../src/client/map-progress.ts';
import type { SubtaskSpend } from '../../src/store/ledger.ts';
import { ObjectiveState } from '../../workflows/objective-state.ts';
import { rules, subtask } from '../support/builders.ts';

const standing = (change: Partial<MapStanding> = {}): MapStanding => ({
  ...{ phase: 'items', done: 250, items: 1000, dead: 0, reused: 0, calls: 250, costMicros: 9 },
  ...{ perSecond: 0, secondsLeft: null },
  ...change,
});
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, '');

function terminal(columns: number): Terminal {
  const stream = () => Object.assign(new PassThrough(), { columns }) as unknown as NodeJS.WriteStream;
  return new Terminal(stream(), stream());
}

describe('in words', () => {
  test.each<[Partial<MapStanding>, string]>([
    [{ items: 0, done: 0 }, 'counting the items'],
    [{ items: 0, done: 0, phase: 'pairs-1' }, 'comparing what came close'],
    [{}, '250 of 1,000 items'],
    [{ items: 1, done: 0 }, '0 of 1 item'],
    [{ phase: 'pairs-1' }, '250 of 1,000 pairs'],
    [{ dead: 1, reused: 1200 }, '250 of 1,000 items · 1 dead letter · 1,200 known before'],
    [{ perSecond: 1234.4, secondsLeft: 89 }, '250 of 1,000 items · 1,234/s · 89 s left'],
    [{ perSecond: 0.25, secondsLeft: 3000 }, '250 of 1,000 items · 0.3/s · 50 min 0 s left'],
    [{ done: 1000, perSecond: 20, secondsLeft: 0 }, '1,000 of 1,000 items · 20/s'],
  ])('%j is %s', (change, wanted) => {
    expect(mapText(standing(change))).toBe(wanted);
  });
});

describe('on a terminal', () => {
  const bar = (columns: number, change: Partial<MapStanding> = {}) =>
    plain(mapBar(terminal(columns), standing(change), 4).source);

  test.each([
    [0, '░'.repeat(30)],
    [250, `${'█'.repeat(7)}${'░'.repeat(23)}`],
    [999, `${'█'.repeat(29)}░`],
    [1000, '█'.repeat(30)],
  ])('%i of 1,000 is a bar of thirty', (done, wanted) => {
    expect(bar(120, { done })).toBe(`    ${wanted} ${done.toLocaleString('en')} of 1,000 items`);
  });

  test('is one line, however narrow: first the bar gives way, then the words', () => {
    const long = { dead: 12, reused: 300, perSecond: 84, secondsLeft: 60 };
    const words = '250 of 1,000 items · 12 dead letters · 300 known before · 84/s · 60 s left';
    expect(bar(200, long)).toContain(`${'░'.repeat(23)} ${words}`);
    expect(bar(words.length + 20, long)).toBe(`    ${'█'.repeat(3)}${'░'.repeat(12)} ${words}`);
    expect(bar(60, long)).toHaveLength(60);
    expect(bar(60, long)).toMatch(/^ {4}█{2}░{6} 250 of 1,000 items · .*…$/);
  });

  test('stands below its subtask while it runs', () => {
    const state = new ObjectiveState(rules(), 0);
    state.adopt([subtask('sort', [], { kind: 'map', tier: 'nano' }), subtask('look')], 'because');
    state.takeStartable(0);
    const view = { objectiveId: 'test', progress: state.progress(), notice: null, isServerThere: true };
    const turns: SubtaskSpend = {
      ...{ subtaskId: 'sort', tier: 'nano', model: 'm', calls: 250, inFlight: 100, turns: 250, standInCalls: 0 },
      ...{ inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
      ...{ settledMicros: 30_000, reservedMicros: 0, inDoubtMicros: 0 },
    };
    const json = toObjectiveJson({ ...view, spend: [turns], account: null, maps: { sort: standing() } }, null);
    const lines = planLines(terminal(120), json, 1000).map(({ source }) => plain(source));
    const at = lines.findIndex((line) => line.includes('Subtask sort'));
    expect(lines[at]).toMatch(/nano · \$0\.03 · 1\.0 s$/);
    expect(lines[at + 1]).toMatch(/^ +█+░+ 250 of 1,000 items$/);
    expect(lines[at + 2]).toContain('Subtask look');
    const { subtasks } = ObjectiveJsonSchema.parse(json);
    expect(subtasks.map(({ id, map }) => [id, map])).toEqual([
      ['sort', standing()],
      ['look', null],
    ]);
  });
});

describe('elsewhere a line is told', () => {
  /** At which of these moments. */
  function toldAt(...views: [atMs: number, done: number, phase?: MapStanding['phase']][]): number[] {
    let told: Told | undefined;
    return views.flatMap(([atMs, done, phase = 'items']) => {
      const news = newsOf(standing({ done, phase }), told, atMs);
      told = news ?? told;
      return news ? [atMs] : [];
    });
  }

  test('at each tenth of the work', () => {
    expect(toldAt([0, 0], [1, 99], [2, 100], [3, 150], [4, 420], [5, 499], [6, 1000])).toEqual([0, 2, 4, 6]);
  });

  test('after ten seconds in which something was done', () => {
    expect(toldAt([0, 0], [9999, 1], [10_000, 2], [19_999, 3], [20_000, 3], [30_000, 3], [30_001, 4])).toEqual([
      0, 10_000, 20_000, 30_001,
    ]);
  });

  test('when a ranking begins to compare, and again', () => {
    expect(toldAt([0, 1000], [1, 0, 'pairs-1'], [2, 1, 'pairs-1'], [3, 1, 'pairs-2'])).toEqual([0, 1, 3]);
  });
});
