/**
 * Our conversation in the words of chat/completions, and back. Reasoning items stay behind: no compatible server takes them. Instructions are
 * one system message at the start: templates of local models refuse any other.
 */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AnswerFormat, ConversationItem, FunctionCallItem, ModelRequest } from '../../contracts/model.ts';

/** Where servers put what chat/completions has no field for (ai.google.dev/gemini-api/docs/thought-signatures). */
export const EXTRA = 'extra_content';

/** The body of a request. `max_tokens` is the older name of the limit: the one that compatible servers know. */
export function toChatBody(request: ModelRequest): Record<string, unknown> {
  const { model, effort, maxOutputTokens, tools, format, strictSchema, input } = request;
  return {
    model,
    messages: toMessages(input, format && !strictSchema ? [schemaText(format)] : []),
    max_tokens: maxOutputTokens,
    ...(effort !== 'none' && { reasoning_effort: effort }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters, ...(strictSchema && { strict: true }) },
      })),
    }),
    ...(format &&
      strictSchema && { response_format: { type: 'json_schema', json_schema: { ...format, strict: true } } }),
  };
}

/** `rules` stand after the conversation's own instructions. */
export function toMessages(items: ConversationItem[], rules: string[] = []): ChatCompletionMessageParam[] {
  const own = items.flatMap((item) => (isInstruction(item) ? [item.content] : []));
  const content = [...own, ...rules].join('\n\n');
  const messages: ChatCompletionMessageParam[] = content === '' ? [] : [{ role: 'system', content }];
  // The calls of a turn and the text beside them are one message of the assistant.
  const assistant = (): ChatCompletionAssistantMessageParam => {
    const last = messages.at(-1);
    if (last?.role === 'assistant') return last;
    const opened: ChatCompletionAssistantMessageParam = { role: 'assistant', content: null };
    messages.push(opened);
    return opened;
  };
  for (const item of items) {
    if (isInstruction(item)) continue;
    if (!('type' in item)) {
      messages.push({ role: 'user', content: item.content });
    } else if (item.type === 'message') {
      const message = assistant();
      const before = typeof message.content === 'string' ? `${message.content}\n` : '';
      message.content = before + textOf(item.content);
    } else if (item.type === 'function_call') {
      const message = assistant();
      message.tool_calls = [...(message.tool_calls ?? []), toolCall(item)];
    } else if (item.type === 'function_call_output') {
      messages.push({ role: 'tool', tool_call_id: item.call_id, content: item.output });
    }
  }
  return messages;
}

const isInstruction = (item: ConversationItem): item is { role: 'developer'; content: string } =>
  !('type' in item) && item.role === 'developer';

/** What a server said beside a call goes back to it as it came: Gemini refuses calls without their signature. */
function toolCall({ call_id, name, arguments: args, [EXTRA]: extra }: FunctionCallItem) {
  const call = { id: call_id, type: 'function' as const, function: { name, arguments: args } };
  return extra === undefined ? call : { ...call, [EXTRA]: extra };
}

/** For a server that can't hold answers to a schema: they are asked for it, and checked by us. */
const schemaText = ({ schema }: AnswerFormat): string =>
  `Answer with one JSON object and nothing else. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;

/** Models that were only asked for JSON like to fence it. */
export const unfenced = (text: string): string => /^\s*```(?:json)?\s*\n([^]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as { text?: unknown }[]) : [];
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}
