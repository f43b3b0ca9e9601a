/** Conversations as chains of content-addressed chunks: whoever holds the head holds all of it. */
import type { ConversationItem } from '../contracts/model.ts';
import { refOf } from './blobs.ts';

/** A piece of a conversation; `ref` is the hash of the rest. */
export interface Chunk {
  ref: string;
  previous: string | null;
  itemsJson: string;
}

export function chunkOf(previous: string | null, items: ConversationItem[]): Chunk {
  const itemsJson = JSON.stringify(items);
  return { ref: refOf(`[${JSON.stringify(previous)},${itemsJson}]`), previous, itemsJson };
}

/** A conversation as a whole, and what of it is still to be written: with the intent of the call that it is for. */
export interface Conversation {
  head: string;
  items: ConversationItem[];
  unsaved: Chunk | null;
}

export interface Transcripts {
  open(head: string): Promise<Conversation>;
  /** What `append` would make, without writing it. */
  draft(previous: string | null, items: ConversationItem[]): Promise<Conversation>;
  /** The head, once it is written. */
  save(conversation: Conversation): Promise<string>;
  /** The new head. Appending the same items to the same head gives the same reference. */
  append(previous: string | null, items: ConversationItem[]): Promise<string>;
  load(head: string): Promise<ConversationItem[]>;
}
