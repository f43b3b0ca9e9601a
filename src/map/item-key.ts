/**
 * What an item's result is known under: the same question to the same model has the same key, in any map, whatever else the map is
 * about. Not part of it: a threshold (the confidence is stored with the result, and whoever reads it compares), ids, positions, lanes,
 * prices.
 */
import { hash } from 'node:crypto';
import type { Item } from '../contracts/map.ts';
import type { TierProfile } from '../contracts/model.ts';
import type { Operation } from './operations/operation.ts';

const KEY_BYTES = 16;

export interface KeyContext {
  profile: Pick<TierProfile, 'provider' | 'model' | 'effort'>;
  /** Answers that were given several at a time are not taken for those given one by one, nor the other way round. */
  isPacked: boolean;
  /** Keeps keys apart from those of other maps, for one that is not to reuse their results. */
  salt?: string | undefined;
}

/** Keys of one operation's subjects. What they have in common is hashed once, so that a key costs microseconds. */
export function itemKeys<Subject = Item>(
  { name, version, settings, format, show }: Operation<Subject>,
  { profile, isPacked, salt = '' }: KeyContext,
): (subject: Subject) => Buffer {
  const { provider, model, effort } = profile;
  const { schema } = format(isPacked);
  const common = canonicalJson({ name, version, settings, schema, provider, model, effort, isPacked, salt });
  // Of a fixed length, so that where it ends and a subject begins is plain.
  const prefix = hash('sha256', common);
  return (subject) => hash('sha256', prefix + show(subject), 'buffer').subarray(0, KEY_BYTES);
}

/** Objects by their keys' order, so that two ways to write the same settings are one. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
