/** A request to the stand-in, as far as it reads it. */
import { z } from 'zod';

const ItemSchema = z.looseObject({ type: z.string().optional(), role: z.string().optional() });

export const RequestSchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(ItemSchema)]),
  background: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  max_output_tokens: z.int().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).nullish(),
  text: z
    .looseObject({ format: z.looseObject({ type: z.string(), name: z.string().optional() }).optional() })
    .nullish(),
});
export type StandInRequest = z.infer<typeof RequestSchema>;

export interface Turn {
  /** A tool call and what it returned; null while unanswered. */
  name: string;
  args: Record<string, unknown>;
  output: string | null;
}

/** All text of user messages. */
export function userText({ input }: StandInRequest): string {
  if (typeof input === 'string') return input;
  return input
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
export function turnsOf({ input }: StandInRequest): Turn[] {
  if (typeof input === 'string') return [];
  const outputs = new Map(
    input
      .filter(({ type }) => type === 'function_call_output')
      .map((item) => [String(item['call_id']), textOf(item['output'])]),
  );
  return input
    .filter(({ type }) => type === 'function_call')
    .map((item) => ({
      name: String(item['name']),
      args: parse(item['arguments']),
      output: outputs.get(String(item['call_id'])) ?? null,
    }));
}

function textOf(content: unknown): string {
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
