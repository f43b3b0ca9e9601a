/**
 * The role of a subagent that changes files. It can't program: it applies the patches that stand in its assignment, one after the other as it is sent back,
 * runs the commands there (lines that begin with `$ `), and says that it is done. Where there is none it looks around and changes nothing.
 */
import { sectionText, type StandInRequest, type Turn, turnsOf } from '../request.ts';

interface Call {
  name: string;
  args: unknown;
}

const PATCH = /^\*\*\* Begin Patch\n[\s\S]*?^\*\*\* End Patch$/gm;
const COMMAND = /^\$ (.+)$/gm;

export function code(request: StandInRequest): Call[] {
  const turns = turnsOf(request);
  const assignment = sectionText(request, 'assignment');
  const patches = assignment.match(PATCH) ?? [];
  // Who tries again after another attempt begins with the next patch.
  const first = sectionText(request, 'previous-attempt') === '' || patches.length === 1 ? 0 : 1;
  const next = patches[first + done(turns, 'apply_patch')];
  const [last] = turns.slice(-1);
  if (next !== undefined && (last === undefined || last.name === 'finish'))
    return [{ name: 'apply_patch', args: { patch: next } }];
  if (turns.length === 0) return [{ name: 'list_files', args: { path: '.' } }];
  const commands = [...assignment.matchAll(COMMAND)].map(([, command]) => command);
  const command = commands[done(turns, 'shell')];
  if (command !== undefined) return [{ name: 'shell', args: { command, timeoutSeconds: null } }];
  return [{ name: 'finish', args: { summary: summaryOf(turns) } }];
}

const done = (turns: Turn[], name: string): number => turns.filter((turn) => turn.name === name).length;

function summaryOf(turns: Turn[]): string {
  const applied = turns.filter(({ name, output }) => name === 'apply_patch' && output?.startsWith('Done.')).length;
  return applied === 0
    ? '[stand-in] Changed nothing: I follow rules, and the assignment holds no patch that fits.'
    : `[stand-in] Applied ${applied === 1 ? 'the patch' : `${applied} patches`} of the assignment.`;
}
