/**
 * What an operation of a map is. Its file says what is asked of one subject and what an answer is worth (`OperationRules`);
 * `operationFrom` adds what all of them share: single calls and packs, the data rule, the second try. Pure: no I/O, no clock.
 */
import type { Item, OperationName, OperationSettings } from '../../contracts/map.ts';
import type { AnswerFormat, ConversationItem } from '../../contracts/model.ts';
import type { JsonSchema } from '../../model/json-schema.ts';

export type SettingsOf<Name extends OperationName> = Extract<OperationSettings, { name: Name }>;

/** What a map says of the calls, beside what is done in them. */
export interface CallSettings {
  threshold?: number | undefined;
  pack: number;
}

/** A line of the registry. */
export interface OperationDefinition<Settings> {
  /** Are several items in one call a good idea? */
  isPackable: boolean;
  /** Does an answer tell how sure it is, so that a threshold has a meaning? */
  hasConfidence: boolean;
  /** What the form of the settings can't say. */
  problems: (settings: Settings, calls: CallSettings) => string[];
  /** Of settings without problems. */
  create: (settings: Settings, asksConfidence: boolean) => Operation;
}

export type Verdict =
  | { value: unknown; confidence?: number; problems?: never }
  | {
      value?: never;
      problems: string[];
      /** The answer itself, where it could be read. */
      last?: unknown;
      /** The part of it that stands all the same: a result, once nobody is left who could do better. */
      usable?: unknown;
    };

/** By place in the pack. Null: nothing that could be its answer, so it has to be asked for again. */
export interface PackVerdict {
  verdicts: (Verdict | null)[];
  /** Places without an answer. */
  missing: number[];
  /** Of the answer as a whole: what was missing, invented or doubled. */
  problems: string[];
}

export interface OperationRules<Subject> {
  /** Of the answer's format: `map-…`. */
  name: string;
  /** Counts up with each change of prompt or answer: results of another version are not taken for this one's. */
  version: number;
  /** What of the settings an answer depends on. */
  settings: unknown;
  /** The same for all subjects, so that providers find it in their caches. */
  instructions: string;
  /** Names of the sections that `show` makes. */
  sections: string[];
  /** An object within the strict subset. */
  answer: JsonSchema;
  /** Where the answer's object stands in a pack: its properties beside `id`, or whole under `value` because they may bear any name. */
  inPack: 'beside-id' | 'under-value';
  /** All of a subject that a prompt says, in sections. `id` is its place in a pack. */
  show: (subject: Subject, id?: number) => string;
  judge: (answer: unknown, subject: Subject) => Verdict;
}

/** One operation, set to what a map asks for. `Subject` is what one answer is about. */
export interface Operation<Subject = Item> {
  readonly name: string;
  readonly version: number;
  /** What of the map's settings an answer depends on, as a value of JSON. */
  readonly settings: unknown;
  /** All of a subject that a prompt says: two of the same are the same question. */
  show: (subject: Subject) => string;
  format: (isPack: boolean) => AnswerFormat;
  /** One subject. `problems`: what was wrong with the answer before. */
  prompt: (subject: Subject, problems?: string[]) => ConversationItem[];
  /** Several, told apart by their places from 1. */
  packPrompt: (subjects: Subject[], problems?: string[]) => ConversationItem[];
  accept: (answer: string, subject: Subject) => Verdict;
  acceptPack: (answer: string, subjects: Subject[]) => PackVerdict;
}
