/** How a response ends: what the reaction asks for, said by a script or by the rules, with its bill. */
import { answer, ramble } from '../mind.ts';
import { callItem, messageItem, type OutputItem, type ResponseObject, textPart } from '../protocol/response-object.ts';
import type { Reaction, Utterance } from '../reaction.ts';
import { scriptedUsage, usageOf } from '../usage/usage.ts';
import type { TokenCounter } from '../../o200k.ts';
import type { Work } from './kept-response.ts';

type Ending = Pick<ResponseObject, 'status' | 'output'> & Record<string, unknown>;

export function endedResponse(pending: ResponseObject, work: Work, count: TokenCounter, now: number): ResponseObject {
  const { reaction, request } = work;
  const model = reaction.kind === 'answer' && reaction.model !== undefined ? reaction.model : pending.model;
  const ending = endingOf(work, count);
  const visibleTokens = ending.output.length > 0 ? outputTokens(ending.output, count) : 0;
  const bill = ending.status === 'failed' ? null : usageOf(request, work, visibleTokens);
  const usage = reaction.kind === 'answer' && 'usage' in reaction ? scriptedUsage(reaction.usage) : bill;
  const lane = reaction.kind === 'answer' &&
    reaction.serviceTier !== undefined && { service_tier: reaction.serviceTier };
  return { ...pending, model, completed_at: Math.floor(now / 1000), ...ending, usage, ...lane };
}

function endingOf(work: Work, count: TokenCounter): Ending {
  const { reaction, request } = work;
  switch (reaction.kind) {
    case 'failed':
    case 'stream-error': {
      const message = `[stand-in] It was told to fail with ${reaction.code}.`;
      return { status: 'failed', output: [], error: { code: reaction.code, message } };
    }
    case 'refusal':
      return completed([messageItem([{ type: 'refusal', refusal: '[stand-in] It was told to refuse.' }])]);
    case 'incomplete':
      return incomplete(
        reaction.reason,
        reaction.reason === 'content_filter' ? [] : halved(answer(request), 'incomplete'),
      );
    case 'truncated-arguments':
      return completed(halved(answer(request), 'completed'));
    case 'runaway':
      return completed(outputOf(ramble(request)));
    default:
      return said(work, reaction, count);
  }
}

/** A script may say what a provider would cut; the rules are held to the limit of the request. */
function said({ request }: Work, reaction: Reaction, count: TokenCounter): Ending {
  const scripted = reaction.kind === 'answer' ? reaction.utterance : undefined;
  if (scripted) return completed(outputOf(scripted));
  const utterance = answer(request);
  const output = outputOf(utterance);
  const most = request.max_output_tokens;
  if (most == null || outputTokens(output, count) <= most) return completed(output);
  return incomplete('max_output_tokens', halved(utterance, 'incomplete'));
}

const completed = (output: OutputItem[]): Ending => ({ status: 'completed', output });

const incomplete = (reason: string, output: OutputItem[]): Ending => ({
  ...{ status: 'incomplete', output },
  incomplete_details: { reason },
});

const textOf = (utterance: { text: string } | { json: unknown }): string =>
  'text' in utterance ? utterance.text : JSON.stringify(utterance.json);

const argsOf = (args: unknown): string => (typeof args === 'string' ? args : JSON.stringify(args));

function outputOf(utterance: Utterance): OutputItem[] {
  if ('calls' in utterance) return utterance.calls.map(({ name, args }) => callItem(name, argsOf(args)));
  return [messageItem([textPart(textOf(utterance))])];
}

/** What was being said when the tokens ran out. */
function halved(utterance: Utterance, status: string): OutputItem[] {
  const half = (text: string): string => text.slice(0, Math.ceil(text.length / 2));
  if (!('calls' in utterance)) return [messageItem([textPart(half(textOf(utterance)))], status)];
  return utterance.calls.map(({ name, args }) => callItem(name, half(argsOf(args)), status));
}

function outputTokens(output: OutputItem[], count: TokenCounter): number {
  const texts = output.flatMap((item) => {
    if (item['type'] === 'function_call') return [`${String(item['name'])}${String(item['arguments'])}`];
    return (item['content'] as OutputItem[]).map(({ text, refusal }) => String(text ?? refusal));
  });
  return texts.reduce((sum, text) => sum + count(text), 0);
}
