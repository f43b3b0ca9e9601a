/** Our conversation in the words of chat/completions, and back. Reasoning items stay behind: no compatible server takes them. */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AnswerFormat, ConversationItem, ModelRequest } from '../../contracts/model.ts';

/** The body of a request. `max_tokens` is the older name of the limit: the one that compatible servers know. */
export function toChatBody(request: ModelRequest): Record<string, unknown> {
  const { model, effort, maxOutputTokens, tools, format, strictSchema, input } = request;
  const promptedFormat = format && !strictSchema ? [schemaMessage(format)] : [];
  return {
    model,
    messages: [...toMessages(input), ...promptedFormat],
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

export function toMessages(items: ConversationItem[]): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [];
  // The calls of a turn and the text beside them are one message of the assistant.
  const assistant = (): ChatCompletionAssistantMessageParam => {
    const last = messages.at(-1);
    if (last?.role === 'assistant') return last;
    const opened: ChatCompletionAssistantMessageParam = { role: 'assistant', content: null };
    messages.push(opened);
    return opened;
  };
  for (const item of items) {
    if (!('type' in item)) {
      messages.push({ role: item.role === 'developer' ? 'system' : 'user', content: item.content });
    } else if (item.type === 'message') {
      assistant().content = textOf(item.content);
    } else if (item.type === 'function_call') {
      const call = {
        id: item.call_id,
        type: 'function' as const,
        function: { name: item.name, arguments: item.arguments },
      };
      const message = assistant();
      message.tool_calls = [...(message.tool_calls ?? []), call];
    } else if (item.type === 'function_call_output') {
      messages.push({ role: 'tool', tool_call_id: item.call_id, content: item.output });
    }
  }
  return messages;
}

/** For a server that can't hold answers to a schema: they are asked to, and checked by us. */
function schemaMessage({ schema }: AnswerFormat): ChatCompletionMessageParam {
  const content = `Answer with one JSON object and nothing else. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
  return { role: 'system', content };
}

/** Models that were only asked for JSON like to fence it. */
export const unfenced = (text: string): string => /^\s*```(?:json)?\s*\n([^]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as { text?: unknown }[]) : [];
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}
