/** Labels, handlers and schemas as flags of `flotilla map` have them: in a file, or as a list. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { InputInvalid, readLocated } from '../located-yaml.ts';

interface Named {
  name: string;
  description?: string;
}

export const labelsFrom = ({ labels, labelsFile }: { labels?: string; labelsFile?: string }): Named[] =>
  labelsFile === undefined ? listedIn(labels ?? '', '--labels') : linesOf(labelsFile, '--labels-file');

/** A file of this name, or a list. */
export const handlersFrom = (handlers: string): Named[] => {
  if (existsSync(handlers)) return linesOf(handlers, '--handlers');
  if (handlers.includes(',')) return listedIn(handlers, '--handlers');
  throw new InputInvalid(
    `--handlers: there is no file "${handlers}", and a list has two names at least, like billing,technical.`,
  );
};

/** Whether it is within the strict subset is the operation's to say. */
export const schemaFrom = (file: string): Record<string, unknown> =>
  readLocated(file, z.record(z.string(), z.unknown()), '--schema').value;

function listedIn(list: string, flag: string): Named[] {
  const names = list.split(',').map((name) => name.trim());
  const empty = names.indexOf('');
  if (empty < 0) return names.map((name) => ({ name }));
  throw new InputInvalid(
    `${flag}: name ${empty + 1} of "${list}" is empty. Names with commas, and descriptions, can stand in a file, a line each.`,
  );
}

/** Empty lines say nothing; trimming takes a byte order mark along. */
function linesOf(file: string, flag: string): Named[] {
  const lines = textOf(file, flag).split(/\r\n?|\n/);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(namedIn);
}

function namedIn(line: string): Named {
  const [, name, description] = /^(.+?):\s+(.+)$/.exec(line) ?? [];
  return name === undefined || description === undefined ? { name: line } : { name, description };
}

function textOf(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputInvalid(`${flag}: the file ${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}
