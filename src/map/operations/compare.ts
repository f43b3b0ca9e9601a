/** Which of two items meets a criterion better: a step of `rank`, not an operation that a map can ask for. Result: `{winner}`. */
import { section } from '../../prompts/sections.ts';
import { operationFrom } from './from-rules.ts';
import { dataSection, FIRST, SECOND } from './items.ts';
import type { Operation, SettingsOf } from './operation.ts';
import { said } from './said.ts';

/** Two texts, in the order in which they are shown. */
export interface TextPair {
  first: string;
  second: string;
}

export const WINNERS = ['first', 'second', 'tie'] as const;
export type Winner = (typeof WINNERS)[number];

const VERSION = 1;

export function compareOperation({ criterion }: SettingsOf<'rank'>): Operation<TextPair> {
  return operationFrom({
    name: 'map-compare',
    version: VERSION,
    settings: { criterion },
    instructions: [
      `You compare two texts. Answer which one meets the criterion better: "first" for that in <${FIRST}>, "second" for that in <${SECOND}>, "tie" only where neither does. Their order says nothing.`,
      section('criterion', criterion),
    ].join('\n\n'),
    sections: [FIRST, SECOND],
    answer: {
      ...{ type: 'object', properties: { winner: { type: 'string', enum: WINNERS } } },
      ...{ required: ['winner'], additionalProperties: false },
    },
    inPack: 'beside-id',
    show: ({ first, second }, id) =>
      [dataSection(FIRST, first, { id }), dataSection(SECOND, second, { id })].join('\n\n'),
    judge: (answer) => {
      const { winner } = (answer ?? {}) as Record<string, unknown>;
      const isKnown = WINNERS.some((known) => known === winner);
      if (isKnown) return { value: { winner } };
      return { problems: [`winner: ${said(winner)} is none of ${WINNERS.join(', ')}.`] };
    },
  });
}
