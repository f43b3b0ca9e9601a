/**
 * A call as it is asked for, and its request as it is written down: the bytes of the first intent are what is sent, by whoever sends
 * them and however often.
 */
import { hash } from 'node:crypto';
import type { CallAddress, Tier } from '../contracts/addresses.ts';
import type { AskedRequest, ConversationItem, RequestHead } from '../contracts/model.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { CallRecord } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import type { Chunk, Conversation } from '../store/transcripts.ts';
import { kept } from './call-failures.ts';
import type { WireCall } from './port.ts';
import type { Providers } from './providers.ts';

interface Call extends CallAddress {
  tier: Tier;
  head: RequestHead;
}

/** A turn of a conversation, which is kept in the store's transcripts. */
export interface PaidCall extends Call {
  /** The conversation so far. Asked for once: a call that was written down before keeps its own. */
  conversation: () => Promise<Conversation>;
}

/** A call that nobody goes on from: what is kept is its answer, and the request until there is one. */
export interface SingleCall extends Call {
  input: ConversationItem[];
}

/** A request with what stands in the journal beside it. */
export interface JournaledWire extends WireCall {
  digest: string;
  /** The conversation that is sent, where one is kept, and what of it is not in the store yet. */
  transcriptHead: string | null;
  unsaved: Chunk | null;
  /** Null for what was written down before: it is sent as it is. What was not may still be worded otherwise. */
  input: ConversationItem[] | null;
}

interface WireParts {
  store: Pick<Store, 'transcripts'>;
  providers: Pick<Providers, 'of'>;
}

export const digestOf = (body: string): string => hash('sha256', body, 'hex');

export async function newWire(
  { providers }: WireParts,
  callKey: string,
  call: PaidCall | SingleCall,
): Promise<JournaledWire> {
  const request = { ...call.head, callKey };
  const { items, head, unsaved } = 'input' in call ? unkept(call.input) : await call.conversation();
  const body = providers.of(request.provider).encode({ ...request, input: items });
  return { request, body, digest: digestOf(body), transcriptHead: head, unsaved, input: items };
}

const unkept = (items: ConversationItem[]) => ({ items, head: null, unsaved: null });

export async function writtenWire(parts: WireParts, record: CallRecord): Promise<JournaledWire> {
  const { callKey, transcriptHead, requestDigest } = record;
  const body = record.body ?? (await encodedAgain(parts, record));
  const digest = digestOf(body);
  if (requestDigest !== digest) {
    throw new TypedFailure('StoreCorrupt', `The stored request of call ${callKey} does not match its digest.`);
  }
  return { request: askedIn(record), body, digest, transcriptHead, unsaved: null, input: null };
}

/** Of a call of before bytes were written down: its conversation was. */
async function encodedAgain({ store, providers }: WireParts, record: CallRecord): Promise<string> {
  const request = askedIn(record);
  const input = await store.transcripts.load(kept(record.callKey, record.transcriptHead));
  return providers.of(request.provider).encode({ ...request, input });
}

export const askedIn = ({ callKey, head }: CallRecord): AskedRequest => ({ ...head, callKey });
