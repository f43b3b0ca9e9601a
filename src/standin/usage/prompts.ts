/**
 * Prompts as paths in a tree: what is shared at their beginning is counted once and kept once. Each node also remembers who asked with it
 * last, which is what a provider's prompt cache knows. A prefix ends where an item ends.
 */
import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Item, StandInRequest } from '../request.ts';
import { itemsOf } from '../request.ts';
import type { TokenCounter } from '../../o200k.ts';
import { itemTokens } from './tokens.ts';

export interface PromptNode {
  /** Of all that leads here. */
  id: string;
  previous: PromptNode | null;
  /** Null where what is not input ends: instructions, tools, format. */
  item: Item | null;
  /** From the beginning up to here. */
  tokens: number;
  next: Map<string, PromptNode>;
  /** By cache, when it was last asked with. */
  askedAt: Map<string, number>;
}

export interface Prompt {
  last: PromptNode;
  inputTokens: number;
  cachedTokens: number;
}

const LEAST_CACHED_TOKENS = 1_024;
const CACHE_STEP_TOKENS = 128;
const CACHED_FOR_MS = 10 * 60_000;
const CACHED_LONG_FOR_MS = 24 * 3_600_000;
/** Past so many nodes the tree begins anew: its caches are forgotten, what is kept with responses is not. */
const MOST_NODES = 200_000;

export class Prompts {
  readonly #clock: Clock;
  readonly #count: TokenCounter;
  #roots = new Map<string, PromptNode>();
  #nodes = 0;

  constructor(clock: Clock, count: TokenCounter) {
    this.#clock = clock;
    this.#count = count;
  }

  /** Contract: changes nothing that a later `measure` sees, so it also answers how long a request would be. */
  measure(request: StandInRequest): Prompt {
    if (this.#nodes > MOST_NODES) [this.#roots, this.#nodes] = [new Map<string, PromptNode>(), 0];
    let last = this.#root(request);
    for (const item of itemsOf(request)) last = this.#step(last, item);
    return { last, inputTokens: last.tokens, cachedTokens: this.#cached(last, request) };
  }

  /** From now on its prefixes are cached. */
  remember({ last }: Prompt, request: StandInRequest): void {
    const now = this.#clock.now();
    const cache = cacheOf(request);
    for (let node: PromptNode | null = last; node; node = node.previous) node.askedAt.set(cache, now);
  }

  #cached(last: PromptNode, request: StandInRequest): number {
    const keptForMs = request['prompt_cache_retention'] === '24h' ? CACHED_LONG_FOR_MS : CACHED_FOR_MS;
    const oldest = this.#clock.now() - keptForMs;
    const cache = cacheOf(request);
    let node: PromptNode | null = last;
    while (node && (node.askedAt.get(cache) ?? 0) < oldest) node = node.previous;
    const tokens = Math.floor((node?.tokens ?? 0) / CACHE_STEP_TOKENS) * CACHE_STEP_TOKENS;
    return tokens < LEAST_CACHED_TOKENS ? 0 : tokens;
  }

  #root({ instructions, tools, text }: StandInRequest): PromptNode {
    const before = [instructions ?? '', ...(tools ?? []), ...(text?.format ? [text.format] : [])];
    const beginning = before.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n');
    const id = hash('sha256', beginning);
    const known = this.#roots.get(id);
    if (known) return known;
    const node = newNode(id, null, null, this.#count(beginning));
    this.#roots.set(id, node);
    this.#nodes += 1;
    return node;
  }

  #step(previous: PromptNode, item: Item): PromptNode {
    const id = hash('sha256', `${previous.id}${JSON.stringify(item)}`);
    const known = previous.next.get(id);
    if (known) return known;
    const node = newNode(id, previous, item, previous.tokens + itemTokens(item, this.#count));
    previous.next.set(id, node);
    this.#nodes += 1;
    return node;
  }
}

const newNode = (id: string, previous: PromptNode | null, item: Item | null, tokens: number): PromptNode => ({
  ...{ id, previous, item, tokens },
  ...{ next: new Map<string, PromptNode>(), askedAt: new Map<string, number>() },
});

const cacheOf = ({ model, prompt_cache_key }: StandInRequest): string => `${model} ${prompt_cache_key ?? ''}`;
