/** `watch`, `list`, `show`, `report`: reading what objectives do and left. */
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Report } from '../../contracts/report.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { countText, durationText } from '../../report/words.ts';
import { type Context, reportsFolderOf, withFlotilla } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { reportFolder } from '../follow.ts';
import { estimateLines } from '../estimate-view.ts';
import { planLines } from '../plan-view.ts';
import { say } from '../terminal.ts';
import { toObjectiveJson } from '../view-json.ts';
import { attend } from '../attend.ts';

export const watch = (context: Context, id: string, { json = false }: { json?: boolean }): Promise<number> =>
  withFlotilla(context, async (flotilla) =>
    attend(context, flotilla.objective(await flotilla.resolveId(id)), { json }),
  );

export const show = (context: Context, id: string, { json = false }: { json?: boolean }): Promise<number> =>
  withFlotilla(context, async (flotilla) => {
    const { terminal, config } = context;
    const handle = flotilla.objective(await flotilla.resolveId(id));
    const view = toObjectiveJson(await handle.view(), reportFolder(reportsFolderOf(config), handle.id));
    if (json) terminal.json(view);
    else {
      terminal.line(say`${terminal.style('bold', view.objectiveId)}: ${view.title}`);
      for (const line of planLines(terminal, view, Date.now())) terminal.line(line);
      const estimate = view.approval && (await handle.estimate());
      for (const line of estimate ? estimateLines(terminal, estimate) : []) terminal.line(line);
      if (view.report !== null) terminal.line(say`Report: ${terminal.style('cyan', `${view.report}/report.html`)}`);
    }
    return EXIT.done;
  });

export const list = (
  context: Context,
  { json = false, limit = 20 }: { json?: boolean; limit?: number },
): Promise<number> =>
  withFlotilla(context, async (flotilla) => {
    const { terminal } = context;
    const lines = await flotilla.list(limit);
    if (json) terminal.json(lines);
    else if (lines.length === 0)
      terminal.line(say`There are no objectives yet. Start one: flotilla run "Find unhandled errors in src"`);
    const width = Math.max(0, ...lines.map(({ objectiveId }) => objectiveId.length));
    if (!json) {
      for (const { objectiveId, status, title, startedAtMs, endedAtMs } of lines) {
        const took = durationText((endedAtMs ?? Date.now()) - startedAtMs);
        terminal.line(say`${objectiveId.padEnd(width)}  ${status.padEnd(9)}  ${took.padStart(12)}  ${title}`);
      }
    }
    return EXIT.done;
  });

export interface ReportFlags {
  json?: boolean;
  markdown?: boolean;
  out?: string;
}

/** Prints the report, or writes all its forms into a folder, with what maps have left in a folder each. */
export const report = (context: Context, id: string, { json, markdown, out }: ReportFlags): Promise<number> =>
  withFlotilla(context, async (flotilla) => {
    const { terminal, config } = context;
    const handle = flotilla.objective(await flotilla.resolveId(id));
    const documents = {
      'report.json': await handle.document('json'),
      'report.md': await handle.document('markdown'),
      'report.html': await handle.document('html'),
    };
    if (documents['report.md'] === null)
      throw new InputInvalid(`Objective ${handle.id} has no report yet: it is written when the objective ends.`);
    if (json) terminal.json(await handle.report());
    else if (markdown) terminal.text(documents['report.md']);
    else {
      const own = reportFolder(reportsFolderOf(config), handle.id);
      const folder = out ?? own;
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(documents)) await writeFile(join(folder, name), text ?? '');
      const maps = await copyMaps(await handle.report(), own, folder);
      const named = [...Object.keys(documents), ...maps.map((id) => `${id}/`)].join(', ');
      terminal.line(
        say`${countText(Object.keys(documents).length, 'file')} in ${terminal.style('cyan', folder)}: ${named}`,
      );
    }
    return EXIT.done;
  });

/** What maps have left in files, where they lie on this host. Resolves to the ids of their subtasks. */
async function copyMaps(written: Report | null, from: string, to: string): Promise<string[]> {
  const maps = (written?.subtasks ?? []).filter(({ id, kind }) => kind === 'map' && existsSync(join(from, id)));
  if (resolve(from) !== resolve(to))
    for (const { id } of maps) await cp(join(from, id), join(to, id), { recursive: true });
  return maps.map(({ id }) => id);
}
