/** Results in words, as those see them who build on them. Not bounded: whoever shows one cuts it. */
import type { AskResult, CheckEnd, SubtaskResult } from '../../src/contracts/results.ts';
import { clip } from '../../src/prompts/sections.ts';

/** A result in the words that other agents and the manager see. */
export function resultText(result: SubtaskResult): string {
  if (result.kind === 'check') return `${checkText(result)}\n${result.output.text}`;
  if (result.kind === 'ask') return answersText(result);
  if (result.kind === 'code') {
    const changes = result.changes.map(({ path, change }) => `- ${change}: ${path}`);
    return [result.summary, ...changes, ...result.checks.map(checkText)].join('\n');
  }
  const findings = result.findings.map(
    ({ id, severity, path, startLine, title }) => `- [${id}] ${severity}: ${title} (${path}:${startLine})`,
  );
  return [result.summary, ...findings].join('\n');
}

function checkText({ name, exitCode, signal, durationMs }: CheckEnd): string {
  const end = exitCode === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${exitCode}`;
  return `check ${name}: ${end} after ${Math.round(durationMs / 1000)} s`;
}

/** More than other agents see of a result: what each finding says and quotes, and what is open. */
export function wholeText(result: SubtaskResult): string {
  if (!('findings' in result)) return resultText(result);
  const findings = result.findings.map(({ id, severity, title, path, startLine, explanation, quote }) =>
    [
      `[${id}] ${severity}: ${clip(title, 200)} (${path}:${startLine})`,
      `  ${clip(explanation, 600)}`,
      `  > ${clip(quote, 600)}`,
    ].join('\n'),
  );
  const open = result.kind === 'investigate' ? result.uncertain.map((text) => `Uncertain: ${clip(text, 300)}`) : [];
  return [result.summary, ...findings, ...open].join('\n');
}

const QUESTION_CHARACTERS = 400;

/** Each answer with what it answers. */
export const answersText = ({ answers }: AskResult): string =>
  answers
    .map(({ question, answer }) => `Question: ${clip(question, QUESTION_CHARACTERS)}\nAnswer: ${answer}`)
    .join('\n\n');
