import { describe, expect, test } from '@jest/globals';
import { SubagentState } from '../../workflows/subagent-state.ts';
import { limits } from '../support/builders.ts';

const turn = (action: string, outputDigests: string[] | null = [action]) => ({
  transcriptHead: 'sha256:head',
  toolCalls: [],
  actionDigest: action,
  outputDigests,
  costMicros: 5,
});

describe('a subagent', () => {
  test('is stopped at the third same action in a row', () => {
    const state = new SubagentState('a', limits());
    state.tookTurn(turn('x'), 1);
    state.tookTurn(turn('x'), 1);
    expect(state.stop()).toBeNull();
    state.tookTurn(turn('x'), 1);
    expect(state.stop()?.type).toBe('AgentRepeatsItself');
  });

  test('stays in the workspace that its first turn told, also in the next run', () => {
    const state = new SubagentState('a', limits());
    expect(state.filesRef).toBeUndefined();
    state.tookTurn({ ...turn('x'), filesRef: 'sha256:files' }, 1);
    state.tookTurn(turn('y'), 1);
    expect(new SubagentState('a', limits(), state.snapshot()).filesRef).toBe('sha256:files');
  });

  test('may come back to an action after another', () => {
    const state = new SubagentState('a', limits());
    for (const action of ['x', 'x', 'y', 'x', 'x']) state.tookTurn(turn(action), 1);
    expect(state.stop()).toBeNull();
  });

  test('is stopped after five turns that brought nothing new', () => {
    const state = new SubagentState('a', limits());
    state.tookTurn(turn('first', ['seen']), 1);
    for (const action of ['a', 'b', 'c', 'd']) state.tookTurn(turn(action, ['seen']), 1);
    expect(state.stop()).toBeNull();
    state.tookTurn(turn('e', ['seen']), 1);
    expect(state.stop()?.type).toBe('AgentWithoutProgress');
  });

  test('makes progress with one new output among old ones', () => {
    const state = new SubagentState('a', limits());
    for (const action of ['a', 'b', 'c', 'd', 'e']) state.tookTurn(turn(action, ['seen']), 1);
    state.tookTurn(turn('f', ['seen', 'new']), 1);
    expect(state.stop()).toBeNull();
  });

  test('is stopped at its limits of turns and working time', () => {
    const turns = new SubagentState('a', limits({ maxTurns: 1 }));
    turns.tookTurn(turn('x'), 1);
    expect(turns.stop()?.type).toBe('TurnLimitReached');
    const time = new SubagentState('a', limits({ maxSubtaskSeconds: 1 }));
    time.tookTurn(turn('x'), 1001);
    expect(time.stop()?.type).toBe('TimeLimitReached');
  });

  test('is carried whole into its next run', () => {
    const state = new SubagentState('a', limits());
    state.tookTurn(turn('x'), 10);
    state.tookTurn(turn('x'), 10);
    const next = new SubagentState('a', limits(), state.snapshot());
    next.tookTurn(turn('x'), 10);
    expect([next.turn, next.spend.costMicros, next.stop()?.type]).toEqual([3, 15, 'AgentRepeatsItself']);
  });
});
