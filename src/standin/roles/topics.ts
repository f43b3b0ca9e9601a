/** What the stand-in knows to look for: patterns (classes such as `[D]` keep one from matching itself), and what it says about a match. */
export interface Topic {
  id: string;
  title: string;
  /** Rust and JavaScript syntax alike. */
  pattern: string;
  severity: 'critical' | 'high' | 'medium' | 'low' | 'info';
  area: string;
  explanation: string;
}

export const TOPICS: Topic[] = [
  {
    id: 'unfinished',
    title: 'Unfinished work left in the text',
    pattern: String.raw`\b(TO[D]O|FI[X]ME|HA[C]K|XX[X])\b`,
    severity: 'low',
    area: 'unfinished work',
    explanation: 'Somebody noted that this is not done. Finish it, or file it where it will be seen.',
  },
  {
    id: 'silenced',
    title: 'Checks and errors that are silenced',
    pattern: String.raw`(eslint-d[i]sable|@ts-i[g]nore|@ts-ex[p]ect-error|# type: i[g]nore|except:\s*$|catch\s*(\([^)]*\))?\s*\{\s*\})`,
    severity: 'medium',
    area: 'silenced errors',
    explanation: 'A problem is hidden here instead of mended. See what it says, and handle it.',
  },
  {
    id: 'dangerous',
    title: 'Calls that run or insert what they are given',
    pattern: String.raw`(\beval\(|new Function\(|\.innerH[T]ML\s*=|dangerouslySetInnerH[T]ML|shell\s*[:=]\s*[Tt]rue|os\.system\()`,
    severity: 'high',
    area: 'injection',
    explanation: 'Input that reaches this line is carried out or shown as it is. See that it can’t come from outside.',
  },
  {
    id: 'exits',
    title: 'Code that ends the process',
    pattern: String.raw`(process\.exit\(|os\._exit\(|sys\.exit\(|\bpanic\()`,
    severity: 'info',
    area: 'process control',
    explanation: 'Whoever calls this can’t clean up or go on. It belongs at the edge of a program.',
  },
];

export const FALLBACK: Topic = {
  id: 'matches',
  title: 'Lines that match what was asked for',
  pattern: '',
  severity: 'info',
  area: 'matches',
  explanation: 'The line matches the pattern of the assignment.',
};
