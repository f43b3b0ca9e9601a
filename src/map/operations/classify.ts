/** `classify`: which of a closed list of labels fits an item. Result: `{label, confidence?}`. */
import { ITEM, itemSection } from './items.ts';
import { CONFIDENCE_RULE, labelList, labelProblems, labelReader, labelSchema, sameName } from './labels.ts';
import type { OperationDefinition, SettingsOf } from './operation.ts';
import { operationFrom } from './from-rules.ts';
import { callersSection } from './prompt.ts';

/** What an item is that belongs to none of the labels. */
export const OTHER = 'other';

const VERSION = 1;

export const classify: OperationDefinition<SettingsOf<'classify'>> = {
  isPackable: true,
  hasConfidence: true,
  problems: ({ labels, other }) => {
    const taken = other ? labels.find(({ name }) => sameName(name) === OTHER) : undefined;
    const twice = `labels: "${taken?.name}" is among them and is added by \`other\`; leave out one of the two.`;
    const names = labels.map(({ name }) => name);
    return taken
      ? [...labelProblems('labels', names), twice]
      : labelProblems('labels', other ? [...names, OTHER] : names);
  },
  create: ({ labels, other, instructions }, asksConfidence) => {
    const offered = other ? [...labels, { name: OTHER, description: 'none of the above' }] : labels;
    const names = offered.map(({ name }) => name);
    return operationFrom({
      name: 'map-classify',
      version: VERSION,
      settings: { labels, other, instructions },
      instructions: [
        `You sort texts into classes. Answer with the label that fits the text in <${ITEM}> best.${asksConfidence ? ` ${CONFIDENCE_RULE}` : ''}`,
        `Labels:\n${labelList(offered)}`,
        ...callersSection(instructions),
      ].join('\n\n'),
      sections: [ITEM],
      answer: labelSchema(names, asksConfidence),
      inPack: 'beside-id',
      show: itemSection,
      judge: labelReader(names, asksConfidence),
    });
  },
};
