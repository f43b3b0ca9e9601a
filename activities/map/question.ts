/** What a map asks of its items, in each of its phases. */
import type { Item } from '../../src/contracts/map.ts';
import type { MapPhase } from '../../src/contracts/map-run.ts';
import { wholeProfile } from '../../src/contracts/profile.ts';
import type { Subtask } from '../../src/contracts/plan.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { itemKeys } from '../../src/map/item-key.ts';
import { compareOperation, type TextPair } from '../../src/map/operations/compare.ts';
import type { Operation } from '../../src/map/operations/operation.ts';
import { operationOf } from '../../src/map/operations/registry.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import type { Services } from '../services.ts';
import { plannedSubtask } from '../planning/objective-texts.ts';

export type PlannedMap = Extract<Subtask, { kind: 'map' }>;

export async function plannedMap(blobs: Blobs, { subtask }: Pick<Assignment, 'subtask'>): Promise<PlannedMap> {
  const planned = await plannedSubtask(blobs, subtask);
  if (planned.kind === 'map') return planned;
  throw new TypedFailure('StoreCorrupt', `Subtask "${subtask.id}" is no map.`);
}

export interface MapQuestion {
  operation: Operation;
  threshold: number | undefined;
  pack: number;
  /** Of everything that an item's answer depends on. */
  keyOf: (item: Item) => Uint8Array;
  /** Of the purposes of its calls. */
  prefix: string;
}

export async function questionOf(
  { store: { blobs }, answererOf }: Pick<Services, 'store' | 'answererOf'>,
  assignment: Assignment,
  phase: MapPhase,
): Promise<MapQuestion> {
  const { objectiveId, profile } = assignment;
  const { operation: settings, threshold, pack, reuse } = await plannedMap(blobs, assignment);
  const operation =
    phase !== 'items' && settings.name === 'rank'
      ? onPairs(compareOperation(settings))
      : operationOf(settings, { threshold });
  const whole = wholeProfile(profile);
  const salt = JSON.stringify([answererOf(whole.provider), reuse ? null : objectiveId]);
  const keyOf = itemKeys(operation, { profile: whole, isPacked: pack > 1, salt });
  return { operation, threshold, pack, keyOf, prefix: phase === 'items' ? 'map' : `map.${phase}` };
}

/** Two texts lie in the store as the text of one item. */
export const pairText = (pair: TextPair): string => JSON.stringify(pair);

function onPairs(compare: Operation<TextPair>): Operation {
  const pairOf = ({ text }: Item): TextPair => JSON.parse(text) as TextPair;
  return {
    name: compare.name,
    version: compare.version,
    settings: compare.settings,
    show: (item) => compare.show(pairOf(item)),
    format: (isPack) => compare.format(isPack),
    prompt: (item, problems) => compare.prompt(pairOf(item), problems),
    packPrompt: (items, problems) => compare.packPrompt(items.map(pairOf), problems),
    accept: (answer, item) => compare.accept(answer, pairOf(item)),
    acceptPack: (answer, items) => compare.acceptPack(answer, items.map(pairOf)),
  };
}
