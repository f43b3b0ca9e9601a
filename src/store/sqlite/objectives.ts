/** Objectives in SQL: when they began, and how they ended. */
import type { Objectives } from '../objectives.ts';
import type { Reader } from './reader.ts';
import { toObjective } from './rows.ts';
import type { Transaction } from './transaction.ts';
import type { Writer } from './writer.ts';

export function openObjective(
  { sql }: Transaction,
  objective: { objectiveId: string; title: string; startedAtMs: number },
): void {
  sql.run(
    `INSERT INTO objectives (objective_id, title, status, started_at) VALUES (?, ?, 'running', ?) ON CONFLICT DO NOTHING`,
    objective.objectiveId,
    objective.title,
    objective.startedAtMs,
  );
}

export function closeObjective(
  { sql }: Transaction,
  end: { objectiveId: string; status: string; endedAtMs: number; resultJson: string },
): void {
  sql.run(
    'UPDATE objectives SET status = ?, ended_at = ?, result_json = ? WHERE objective_id = ?',
    end.status,
    end.endedAtMs,
    end.resultJson,
    end.objectiveId,
  );
}

export function objectivesOn(read: Reader, writer: Writer): Objectives {
  return {
    open: (objective) => writer.run('openObjective', objective),
    close: (end) => writer.run('closeObjective', end),
    async get(objectiveId) {
      const row = read.get('SELECT * FROM objectives WHERE objective_id = ?', objectiveId);
      return row ? toObjective(row) : null;
    },
    list: async (limit) =>
      read.all('SELECT * FROM objectives ORDER BY started_at DESC, objective_id LIMIT ?', limit).map(toObjective),
  };
}
