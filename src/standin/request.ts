/** A request to the stand-in, as far as it reads it, and what it reads out of one. */
import { z } from 'zod';

export const ItemSchema = z.looseObject({ type: z.string().optional(), role: z.string().optional() });
export type Item = z.infer<typeof ItemSchema>;

const ToolSchema = z.looseObject({ type: z.string(), name: z.string().optional() });
export type Tool = z.infer<typeof ToolSchema>;

const FormatSchema = z.looseObject({ type: z.string(), name: z.string().optional() });

export const RequestSchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(ItemSchema)]),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  background: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
  store: z.boolean().nullish(),
  max_output_tokens: z.int().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  prompt_cache_key: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.string().nullish(),
  tools: z.array(ToolSchema).nullish(),
  text: z.looseObject({ format: FormatSchema.nullish() }).nullish(),
});
export type StandInRequest = z.infer<typeof RequestSchema>;

export interface Turn {
  /** A tool call and what it returned; null while unanswered. */
  name: string;
  args: Record<string, unknown>;
  output: string | null;
}

/** The effort that a model thinks with when none is asked for. */
const DEFAULT_EFFORT = 'none';

export const effortOf = ({ reasoning }: StandInRequest): string => reasoning?.effort ?? DEFAULT_EFFORT;

export const itemsOf = ({ input }: Pick<StandInRequest, 'input'>): Item[] =>
  typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input;

/** All text of user messages. */
export function userText(request: StandInRequest): string {
  return itemsOf(request)
    .filter(({ role }) => role === 'user')
    .map((item) => textOf(item['content']))
    .join('\n');
}

/** The text of a labelled section of the prompt; empty when there is none. */
export function sectionText(request: StandInRequest, name: string): string {
  return new RegExp(`<${name}(?: [^>]*)?>\\n([\\s\\S]*?)\\n</${name}>`).exec(userText(request))?.[1] ?? '';
}

/** An attribute of a labelled section. */
export function sectionAttribute(request: StandInRequest, name: string, attribute: string): string {
  return new RegExp(`<${name}[^>]* ${attribute}="([^"]*)"`).exec(userText(request))?.[1] ?? '';
}

/** The tool calls so far, in order, with their outputs. */
export function turnsOf(request: StandInRequest): Turn[] {
  const items = itemsOf(request);
  const outputs = new Map(
    items
      .filter(({ type }) => type === 'function_call_output')
      .map((item) => [String(item['call_id']), textOf(item['output'])]),
  );
  return items
    .filter(({ type }) => type === 'function_call')
    .map((item) => ({
      name: String(item['name']),
      args: parse(item['arguments']),
      output: outputs.get(String(item['call_id'])) ?? null,
    }));
}

/** The text of a content: itself, or that of its parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = z.array(z.looseObject({ text: z.string().optional() })).safeParse(content);
  return parts.success ? parts.data.map(({ text }) => text ?? '').join('') : '';
}

function parse(text: unknown): Record<string, unknown> {
  try {
    return JSON.parse(String(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
