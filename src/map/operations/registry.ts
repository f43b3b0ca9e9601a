/** Every operation of a map. A new one is a file, its settings in `src/contracts/map.ts`, and a line here. */
import type { OperationName, OperationSettings } from '../../contracts/map.ts';
import { classify } from './classify.ts';
import { extract } from './extract.ts';
import type { CallSettings, Operation, OperationDefinition, SettingsOf } from './operation.ts';
import { rank } from './rank.ts';
import { review } from './review.ts';
import { route } from './route.ts';
import { score } from './score.ts';

const OPERATIONS: { [Name in OperationName]: OperationDefinition<SettingsOf<Name>> } = {
  classify,
  extract,
  score,
  rank,
  route,
  review,
};

/** A definition takes the settings that bear its name; which they are is known by looking it up under that name. */
const definitionOf = ({ name }: OperationSettings) => OPERATIONS[name] as OperationDefinition<OperationSettings>;

/** Why a map can't be carried out as it is asked for, known before anything is paid. */
export function operationProblems(settings: OperationSettings, calls: CallSettings): string[] {
  const { threshold, pack } = calls;
  const { isPackable, hasConfidence, problems } = definitionOf(settings);
  return [
    ...problems(settings, calls),
    ...(pack > 1 && !isPackable ? [`pack: ${settings.name} takes one item at a time; leave pack at 1.`] : []),
    ...(threshold !== undefined && !hasConfidence
      ? [`threshold: an answer of ${settings.name} has no confidence to compare it with; leave it out.`]
      : []),
  ];
}

/** Of settings without problems. */
export const operationOf = (settings: OperationSettings, { threshold }: Pick<CallSettings, 'threshold'>): Operation =>
  definitionOf(settings).create(settings, threshold !== undefined);
