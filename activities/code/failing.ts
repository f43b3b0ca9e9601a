/** What of failed checks is shown to whoever is to mend it: each by name, its output cut to what tells. */
import type { CheckEnd } from '../../src/contracts/results.ts';
import { clip } from '../../src/prompts/sections.ts';
import { hasPassed } from './judge-files.ts';

const EACH_CHARACTERS = 6000;
const TELLING = /\b(?:not ok|fail(?:ed|ure|s)?|error|exception|assert\w*|expected|received|panic)\b|✗|✖|×/i;
const MOST_TELLING = 60;
const LAST_LINES = 40;

/** The names of those that failed. */
export const failingNames = (ends: CheckEnd[]): string =>
  ends
    .filter((end) => !hasPassed(end))
    .map(
      ({ name, exitCode, signal }) =>
        `"${name}" (${exitCode === null ? (signal ?? 'stopped') : `exit code ${exitCode}`})`,
    )
    .join(', ');

export const failingText = (ends: CheckEnd[]): string =>
  ends
    .filter((end) => !hasPassed(end))
    .map(
      ({ name, command, exitCode, signal, output }) =>
        `check ${name}: ${command}\n${exitCode === null ? `ended by ${signal ?? 'its time-out'}` : `exit code ${exitCode}`}\n${distilled(output.text)}`,
    )
    .join('\n\n');

/** Lines that look like what went wrong, and the last ones. */
function distilled(text: string): string {
  if (text.length <= EACH_CHARACTERS) return text;
  const lines = text.split('\n');
  const last = lines.slice(-LAST_LINES);
  const telling = lines
    .slice(0, -LAST_LINES)
    .filter((line) => TELLING.test(line))
    .slice(0, MOST_TELLING);
  return clip([...telling, '…', ...last].map((line) => clip(line, 300)).join('\n'), EACH_CHARACTERS);
}
