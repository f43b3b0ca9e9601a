/** Which parser reads which runner. */
import { jest } from './jest.ts';
import { mocha } from './mocha.ts';
import { node } from './node.ts';
import type { ParsedOutput } from './parsed.ts';
import { tap } from './tap.ts';
import { vitest } from './vitest.ts';

const PARSERS = { jest, vitest, mocha, tap, node } as const satisfies Record<string, (raw: string) => ParsedOutput>;

export type ParserName = keyof typeof PARSERS;

export const PARSER_NAMES = Object.keys(PARSERS) as ParserName[];

export const parseOutput = (parser: ParserName, raw: string): ParsedOutput => PARSERS[parser](raw);
