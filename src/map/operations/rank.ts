/**
 * `rank`: each item's score by a criterion, `{score}`, from which `src/map/rank.ts` makes an order; items that are close are compared
 * by `compare` first.
 */
import { section } from '../../prompts/sections.ts';
import { operationFrom } from './from-rules.ts';
import { ITEM, itemSection } from './items.ts';
import type { OperationDefinition, SettingsOf } from './operation.ts';
import { scoreReader, scoreSchema } from './scores.ts';

/** Of the scores that an order is made from, which start at 0. */
export const MOST_RANK_SCORE = 100;

const VERSION = 1;

export const rank: OperationDefinition<SettingsOf<'rank'>> = {
  isPackable: true,
  hasConfidence: false,
  problems: () => [],
  create: ({ criterion }) =>
    operationFrom({
      name: 'map-rank',
      version: VERSION,
      settings: { criterion },
      instructions: [
        `You score texts, so that they can be put in order. Give the text in <${ITEM}> a score from 0 to ${MOST_RANK_SCORE} by how well it meets the criterion; use the whole range.`,
        section('criterion', criterion),
      ].join('\n\n'),
      sections: [ITEM],
      answer: scoreSchema(0, MOST_RANK_SCORE),
      inPack: 'beside-id',
      show: itemSection,
      judge: scoreReader(0, MOST_RANK_SCORE),
    }),
};
