/** A chat/completions request in the words of the Responses API: the same rules and the same mind answer both. */
import { z } from 'zod';
import type { Item, StandInRequest, Tool } from '../request.ts';

const MessageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
  refusal: z.string().nullish(),
  tool_call_id: z.string().optional(),
  tool_calls: z
    .array(z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string(), arguments: z.string() }) }))
    .nullish(),
});
type Message = z.infer<typeof MessageSchema>;

const FunctionToolSchema = z.looseObject({
  type: z.string(),
  function: z.looseObject({ name: z.string(), parameters: z.unknown().optional() }).optional(),
});

export const ChatRequestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(MessageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  store: z.boolean().nullish(),
  max_completion_tokens: z.int().nullish(),
  max_tokens: z.int().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  reasoning_effort: z.string().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  prompt_cache_key: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.string().nullish(),
  tools: z.array(FunctionToolSchema).nullish(),
  response_format: z
    .looseObject({ type: z.string(), json_schema: z.looseObject({ name: z.string() }).optional() })
    .nullish(),
});
export type ChatRequest = z.infer<typeof ChatRequestSchema>;

const SAME_NAME = [
  ...['model', 'metadata', 'temperature', 'top_p', 'prompt_cache_key', 'prompt_cache_retention'],
  ...['safety_identifier', 'service_tier', 'parallel_tool_calls', 'stream', 'stream_options'],
];

export function toResponsesRequest(chat: ChatRequest): StandInRequest {
  const { tool_choice: choice } = chat as { tool_choice?: unknown };
  const format = formatOf(chat);
  const most = chat.max_completion_tokens ?? chat.max_tokens;
  return {
    ...(Object.fromEntries(SAME_NAME.flatMap((name) => (chat[name] == null ? [] : [[name, chat[name]]]))) as {
      model: string;
    }),
    input: chat.messages.flatMap(itemsOfMessage),
    store: false,
    ...(most != null && { max_output_tokens: most }),
    ...(chat.reasoning_effort != null && { reasoning: { effort: chat.reasoning_effort } }),
    ...(chat.tools && { tools: chat.tools.map(toTool) }),
    ...(choice != null && { tool_choice: toToolChoice(choice) }),
    ...(format && { text: { format } }),
  };
}

function itemsOfMessage({ role, content, refusal, tool_calls: calls, tool_call_id: callId }: Message): Item[] {
  if (role === 'tool') return [{ type: 'function_call_output', call_id: callId, output: content ?? '' }];
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
  if (role !== 'assistant') return [{ type: 'message', role, content: parts.map(toInputPart) }];
  const said = [
    ...parts.map((part) => (part.type === 'text' ? { ...part, type: 'output_text' } : part)),
    ...(refusal == null ? [] : [{ type: 'refusal', refusal }]),
  ];
  return [
    ...(said.length > 0 ? [{ type: 'message', role, content: said }] : []),
    ...(calls ?? []).map(({ id, function: called }) => ({ type: 'function_call', call_id: id, ...called })),
  ];
}

const INPUT_PARTS: Record<string, string> = { text: 'input_text', image_url: 'input_image', file: 'input_file' };

const toInputPart = (part: { type: string }) => ({ ...part, type: INPUT_PARTS[part.type] ?? part.type });

function toTool({ type, function: described }: z.infer<typeof FunctionToolSchema>): Tool {
  return { type, ...described };
}

function toToolChoice(choice: unknown): unknown {
  const named = (choice as { function?: { name?: string } } | null)?.function?.name;
  return named === undefined ? choice : { type: 'function', name: named };
}

function formatOf({ response_format: format }: ChatRequest) {
  if (!format) return null;
  return format.json_schema ? { type: format.type, ...format.json_schema } : { type: format.type };
}

/** What the Responses API calls a parameter, as chat/completions calls it. */
export function chatParam(param: string | null): string | null {
  if (param === null) return null;
  const tool = /^tools\[(\d+)\]\.(parameters|name)/.exec(param);
  if (tool) return `tools[${tool[1]}].function.${tool[2]}`;
  return CHAT_PARAMS.find(([name]) => param === name || param.startsWith(`${name}[`))?.[1] ?? param;
}

const CHAT_PARAMS = [
  ['input', 'messages'],
  ['text.format', 'response_format'],
  ['text.format.name', 'response_format.json_schema.name'],
  ['text.format.schema', 'response_format'],
  ['reasoning.effort', 'reasoning_effort'],
  ['max_output_tokens', 'max_completion_tokens'],
] as const;
