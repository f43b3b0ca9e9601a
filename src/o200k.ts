/** Tokens of a text by o200k, the vocabulary of OpenAI's models since GPT-4o. */

export type TokenCounter = (text: string) => number;

/** The table takes a moment and memory to load, so whoever does not count does without. */
export async function byO200k(): Promise<TokenCounter> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Names of special tokens in a text are text.
  const asText = { disallowedSpecial: new Set<string>() };
  return (text) => pieces(text).reduce((sum, piece) => sum + countTokens(piece, asText), 0);
}

/** The time for one word grows with the square of its length: a longer one (a picture in base64) is counted in pieces of this length. */
const LONG_WORD = /(\S{1000}|\s{1000})/;

const pieces = (text: string): string[] => text.split(LONG_WORD);
