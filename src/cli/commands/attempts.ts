/** `flotilla attempts`: the log of attempts, for people and for programs. */
import type { Attempt } from '../../contracts/attempts.ts';
import { formatUsd } from '../../contracts/money.ts';
import { durationText } from '../../report/words.ts';
import { type Context, withFlotilla } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { tableRows } from '../table.ts';
import { say } from '../terminal.ts';

export interface AttemptsFlags {
  json?: boolean;
  jsonl?: boolean;
}

export const attempts = (
  context: Context,
  id: string | undefined,
  { json = false, jsonl = false }: AttemptsFlags,
): Promise<number> =>
  withFlotilla(context, async (flotilla) => {
    const { terminal } = context;
    const ended = await (id === undefined
      ? flotilla.attempts()
      : flotilla.objective(await flotilla.resolveId(id)).attempts());
    if (jsonl) for (const attempt of ended) terminal.json(attempt, 0);
    else if (json) terminal.json(ended);
    else if (ended.length === 0) terminal.line(say`No attempt has ended yet.`);
    else {
      const shown = (cells: string[]): string[] => (id === undefined ? cells : cells.slice(1));
      const cells = [HEADS, ...ended.map(cellsOf)].map(shown);
      const [head = '', ...rows] = tableRows(cells, NUMBERS, terminal.columns);
      terminal.line(terminal.style('dim', head));
      for (const row of rows) terminal.line(say`${row}`);
    }
    return EXIT.done;
  });

const HEADS = ['objective', 'subtask', 'kind', 'tier', 'try', 'verdict', 'calls', 'in', 'out', 'took', 'cost'];
const NUMBERS = ['try', 'calls', 'in', 'out', 'took', 'cost'];

const cellsOf = (attempt: Attempt): string[] => [
  attempt.objectiveId,
  attempt.subtaskId,
  attempt.kind,
  attempt.tier ?? '–',
  `${attempt.attempt}`,
  attempt.verdict,
  `${attempt.calls}`,
  attempt.inputTokens.toLocaleString('en'),
  attempt.outputTokens.toLocaleString('en'),
  durationText(attempt.seconds * 1000),
  formatUsd(attempt.costMicros),
];
