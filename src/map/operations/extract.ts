/**
 * `extract`: an object for each item, by the caller's JSON Schema. Result: the object.
 * What is sent is the schema within the strict subset: `additionalProperties: false` is added where an object says nothing of it, and
 * annotations and lengths of strings are left out. An answer is held to the whole schema, lengths included.
 */
import { asSchema, type JsonSchema } from '../../model/json-schema.ts';
import { strictProblems } from '../../model/strict-schema.ts';
import { answerCheck, wellFormedProblems } from './answer-check.ts';
import { closedSchema } from './closed-schema.ts';
import { operationFrom } from './from-rules.ts';
import { ITEM, itemSection } from './items.ts';
import type { OperationDefinition, SettingsOf } from './operation.ts';
import { packSchema } from './packs.ts';
import { callersSection } from './prompt.ts';

/** It goes with each call. */
const MOST_SCHEMA_CHARACTERS = 60_000;

/** Objects and lists in each other. A schema within the subset needs less: ten levels, three steps each. */
const DEEPEST = 60;

const VERSION = 1;

export const extract: OperationDefinition<SettingsOf<'extract'>> = {
  isPackable: true,
  hasConfidence: false,
  problems: ({ schema }, { pack }) => schemaProblems(schema, pack).map((problem) => `schema: ${problem}`),
  create: ({ schema, instructions }) => {
    const check = answerCheck(closedSchema(schema, 'with lengths'));
    return operationFrom({
      name: 'map-extract',
      version: VERSION,
      settings: { schema, instructions },
      instructions: [
        `You take data out of texts. Fill in the answer from the text in <${ITEM}> alone; where it does not say, the value is null if null is allowed.`,
        ...callersSection(instructions),
      ].join('\n\n'),
      sections: [ITEM],
      answer: closedSchema(schema),
      inPack: 'under-value',
      show: itemSection,
      judge: (answer) => {
        const problems = check(answer);
        return problems.length > 0 ? { problems } : { value: answer };
      },
    });
  },
};

function schemaProblems(schema: JsonSchema, pack: number): string[] {
  if (isDeeperThan(schema, DEEPEST)) return [`it is nested deeper than ${DEEPEST} steps.`];
  const { length } = JSON.stringify(schema);
  if (length > MOST_SCHEMA_CHARACTERS)
    return [`it has ${length} characters; at most ${MOST_SCHEMA_CHARACTERS} are taken, as it goes with each call.`];
  const sent = closedSchema(schema);
  const outside = strictProblems(sent);
  if (outside.length > 0) return outside;
  const unfit = [...emptyProblems(sent), ...wellFormedProblems(closedSchema(schema, 'with lengths'))];
  return unfit.length > 0 ? unfit : packProblems(sent, pack);
}

const isDeeperThan = (value: unknown, steps: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (steps === 0 || Object.values(value).some((one) => isDeeperThan(one, steps - 1)));

const emptyProblems = ({ properties }: JsonSchema): string[] =>
  Object.keys(asSchema(properties)).length === 0
    ? ['The root of the schema has no properties: there is nothing to take out.']
    : [];

function packProblems(sent: JsonSchema, pack: number): string[] {
  if (pack === 1) return [];
  if (JSON.stringify(sent).includes('"$ref"'))
    return ['With "$ref" in it, it is for one item at a time; leave pack at 1.'];
  return strictProblems(packSchema(sent, 'under-value')).map((problem) => `For a pack: ${problem}`);
}
