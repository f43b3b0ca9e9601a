/**
 * Yesterday's runs against today's code: every recorded history replays on the compiled bundle. A history stays until no such run can be
 * open; a change that breaks one needs `patched`, and a recording of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SCENARIOS } from './scenarios.ts';

// What replays are to find is not to be logged.
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'off' } } });

const HISTORIES = new URL('histories/', import.meta.url);
const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

interface RecordedEvent {
  eventType: string;
  [attributes: string]: unknown;
}
interface Recorded {
  events: RecordedEvent[];
}

const names = readdirSync(HISTORIES);
const recorded = (name: string): Recorded => JSON.parse(readFileSync(new URL(name, HISTORIES), 'utf8')) as Recorded;
const textOf = (name: string): string => readFileSync(new URL(name, HISTORIES), 'utf8');

interface Started {
  workflowId: string;
}

/** Rejects where today's code does something else than what was recorded. */
async function replay(history: Recorded): Promise<void> {
  const { workflowId } = history.events[0]?.['workflowExecutionStartedEventAttributes'] as Started;
  await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE } }, history, workflowId);
}

/** The history with every event of a type changed. */
function changed(name: string, type: string, change: (text: string) => string): Recorded {
  const { events } = recorded(name);
  const touched = events.map((event) =>
    event.eventType === `EVENT_TYPE_${type}` ? (JSON.parse(change(JSON.stringify(event))) as RecordedEvent) : event,
  );
  expect(touched).not.toEqual(events);
  return { events: touched };
}

test('every scenario has its histories', () => {
  const kept = SCENARIOS.flatMap(({ keep, keepBefore = {} }) => [...Object.keys(keep), ...Object.keys(keepBefore)]);
  expect(new Set(names.map((name) => name.replace(/\.v\d+\.json$/, '')))).toEqual(new Set(kept));
});

describe('today’s code', () => {
  test.each(names)('replays %s', async (name) => {
    await replay(recorded(name));
  });

  test.each<[string, string, string, (text: string) => string]>([
    [
      'another Activity',
      'subagent.finishes.v1.json',
      'ACTIVITY_TASK_SCHEDULED',
      (text) => text.replace('"takeTurn"', '"takeTurns"'),
    ],
    [
      'another order of Activities',
      'objective.succeeds.v1.json',
      'ACTIVITY_TASK_SCHEDULED',
      (text) => text.replace('"freezeWorkspace"', '"openObjective"'),
    ],
    [
      'another child',
      'objective.succeeds.v1.json',
      'START_CHILD_WORKFLOW_EXECUTION_INITIATED',
      (text) => text.replace('unfinished/1', 'unfinished/2'),
    ],
    [
      'another result than its Workflow’s',
      'subagent.finishes.v1.json',
      'WORKFLOW_EXECUTION_COMPLETED',
      (text) => text.replaceAll('COMPLETED', 'CONTINUED_AS_NEW').replace('Completed', 'ContinuedAsNew'),
    ],
  ])('does not replay a history with %s', async (_, name, type, change) => {
    await expect(replay(changed(name, type, change))).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});

describe('a recorded history', () => {
  test.each(names)(
    '%s holds the flags without which a replay notices less, and nothing of where it was recorded',
    (name) => {
      const text = textOf(name);
      expect(text).toContain('"coreUsedFlags"');
      expect(text).not.toMatch(/stackTrace|workerVersion|@\d+-[0-9a-f]{32}/);
      expect(text.match(/"identity":"(?!recorded")/)).toBeNull();
      const payloads = [...text.matchAll(/"data":"([^"]*)"/g)].map(([, data = '']) =>
        Buffer.from(data, 'base64').toString(),
      );
      const paths = payloads.flatMap((payload) => payload.match(/"workspacePath":"[^"]*"/g) ?? []);
      expect(paths.filter((path) => !/\/flotilla-record-\w+\/workspace"$/.test(path))).toEqual([]);
    },
  );
});
