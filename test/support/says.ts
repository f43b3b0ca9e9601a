/** What scripts let the stand-in say. */
import type { Reaction } from '../../src/standin/reaction.ts';

export const says = (value: unknown): Reaction => ({
  kind: 'answer',
  utterance: { text: typeof value === 'string' ? value : JSON.stringify(value) },
});

export const callsTool = (name: string, args: unknown): Reaction => ({
  kind: 'answer',
  utterance: { calls: [{ name, args }] },
});

/** A subtask as a planning model writes it; the stand-in's investigators find `TODO` by these instructions. */
export const drafted = (id: string, change: Record<string, unknown> = {}) => ({
  id,
  kind: 'investigate',
  title: `Subtask ${id}`,
  instructions: 'Search for `TODO`, read what matches, and report it.',
  paths: [],
  check: null,
  questions: null,
  map: null,
  acceptance: null,
  dependsOn: [] as string[],
  weight: 1,
  ...change,
});

export const saysPlan = (...subtasks: unknown[]): Reaction => says({ rationale: 'As scripted.', subtasks });

export const saysExtend = (replaces: string[], ...subtasks: unknown[]): Reaction =>
  says({ verdict: 'extend', reason: 'As scripted.', subtasks, replaces });
