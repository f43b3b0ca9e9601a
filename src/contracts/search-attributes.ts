/** The search attributes of objectives and subagents, by name and type. Registered by the stack; free of zod. */
export const SEARCH_ATTRIBUTES = {
  FlotillaStatus: 'KEYWORD',
  FlotillaKind: 'KEYWORD',
  FlotillaTier: 'KEYWORD',
  FlotillaCostUsd: 'DOUBLE',
  FlotillaCapUsd: 'DOUBLE',
} as const;
