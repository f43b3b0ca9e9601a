/** `route`: which of the named handlers takes an item. Result: `{label, confidence}`; what lies under a threshold goes a tier up. */
import { operationFrom } from './from-rules.ts';
import { ITEM, itemSection } from './items.ts';
import { CONFIDENCE_RULE, labelList, labelProblems, labelReader, labelSchema } from './labels.ts';
import type { OperationDefinition, SettingsOf } from './operation.ts';
import { callersSection } from './prompt.ts';

const VERSION = 1;

export const route: OperationDefinition<SettingsOf<'route'>> = {
  isPackable: true,
  hasConfidence: true,
  problems: ({ handlers }) =>
    labelProblems(
      'handlers',
      handlers.map(({ name }) => name),
    ),
  create: ({ handlers, instructions }) => {
    const names = handlers.map(({ name }) => name);
    return operationFrom({
      name: 'map-route',
      version: VERSION,
      settings: { handlers, instructions },
      instructions: [
        `You hand texts over to those who handle them. Answer with the label of the handler that the text in <${ITEM}> is for. ${CONFIDENCE_RULE}`,
        `Handlers:\n${labelList(handlers)}`,
        ...callersSection(instructions),
      ].join('\n\n'),
      sections: [ITEM],
      answer: labelSchema(names, true),
      inPack: 'beside-id',
      show: itemSection,
      judge: labelReader(names, true),
    });
  },
};
