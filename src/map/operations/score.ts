/** `score`: a number for each item, by a rubric. Result: `{score}`, and no reason: a word of output costs more than several of input. */
import { operationFrom } from './from-rules.ts';
import { ITEM, itemSection } from './items.ts';
import type { OperationDefinition, SettingsOf } from './operation.ts';
import { section } from '../../prompts/sections.ts';
import { scoreReader, scoreSchema } from './scores.ts';

const VERSION = 1;

export const score: OperationDefinition<SettingsOf<'score'>> = {
  isPackable: true,
  hasConfidence: false,
  problems: ({ min, max }) => (min < max ? [] : [`min: ${min} is not below max, which is ${max}.`]),
  create: ({ rubric, min, max }) =>
    operationFrom({
      name: 'map-score',
      version: VERSION,
      settings: { rubric, min, max },
      instructions: [
        `You score texts. Give the text in <${ITEM}> a score from ${min} to ${max}, by the rubric alone.`,
        section('rubric', rubric),
      ].join('\n\n'),
      sections: [ITEM],
      answer: scoreSchema(min, max),
      inPack: 'beside-id',
      show: itemSection,
      judge: scoreReader(min, max),
    }),
};
