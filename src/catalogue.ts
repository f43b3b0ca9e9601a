/**
 * The models that the product knows by figures. Data: no other file names a model. Prices are US dollars per million
 * tokens as published; sources: developers.openai.com/api/docs/models/{gpt-5.4,gpt-5.4-mini,gpt-5.4-nano}, read 2026-11-22.
 */
export interface ModelFigures {
  id: string;
  inputUsd: number;
  cachedInputUsd: number;
  outputUsd: number;
  /** Above this many input tokens the whole request costs more; null where the input cannot get that long. */
  longContext: { aboveTokens: number; inputFactor: number; outputFactor: number } | null;
  contextTokens: number;
  maxInputTokens: number;
  maxOutputTokens: number;
  /** ISO date after which the provider no longer serves it. */
  shutdown: string | null;
}

export const CATALOGUE: ModelFigures[] = [
  {
    id: 'gpt-5.4',
    inputUsd: 2.5,
    cachedInputUsd: 0.25,
    outputUsd: 15,
    longContext: { aboveTokens: 272_000, inputFactor: 2, outputFactor: 1.5 },
    contextTokens: 1_050_000,
    maxInputTokens: 922_000,
    maxOutputTokens: 128_000,
    shutdown: null,
  },
  {
    id: 'gpt-5.4-mini',
    inputUsd: 0.75,
    cachedInputUsd: 0.075,
    outputUsd: 4.5,
    longContext: null,
    contextTokens: 400_000,
    maxInputTokens: 272_000,
    maxOutputTokens: 128_000,
    shutdown: null,
  },
  {
    id: 'gpt-5.4-nano',
    inputUsd: 0.2,
    cachedInputUsd: 0.02,
    outputUsd: 1.25,
    longContext: null,
    contextTokens: 400_000,
    maxInputTokens: 272_000,
    maxOutputTokens: 128_000,
    shutdown: '2027-04-01',
  },
];

/** The figures of a model, or of the model that a dated snapshot (`gpt-5.4-2026-03-05`) belongs to. */
export function figuresOf(model: string): ModelFigures | undefined {
  return CATALOGUE.find(({ id }) => isSameModel(id, model));
}

/** I11: the model that was asked for, or a dated snapshot of it. */
export function isSameModel(asked: string, answered: string): boolean {
  return (
    answered === asked ||
    (answered.startsWith(`${asked}-`) && /^\d{4}-\d{2}-\d{2}$/.test(answered.slice(asked.length + 1)))
  );
}
