/**
 * The manager's role: one investigation per topic over the folders it is shown, a triage over all of them. A pattern between backticks in
 * the objective becomes the one thing that is looked for, folder by folder.
 */
import { sectionText, type StandInRequest } from '../request.ts';
import { TOPICS } from './topics.ts';

const MOST_FOLDERS = 4;

export function plan(request: StandInRequest) {
  const asked = backticked(sectionText(request, 'objective'));
  const investigations = asked === null ? byTopic() : byFolder(asked, topFolders(sectionText(request, 'workspace')));
  const checks = sectionText(request, 'checks')
    .split('\n')
    .filter((name) => name !== '' && name !== '(none)');
  const ids = investigations.map(({ id }) => id);
  return {
    rationale: `[stand-in] One investigation per ${asked === null ? 'topic' : 'folder'}, side by side; a triage of what they find.`,
    subtasks: [
      ...investigations,
      ...checks.map((check) =>
        subtask({ id: `check-${slug(check)}`, kind: 'check', title: `Run ${check}`, instructions: '', check }),
      ),
      subtask({
        id: 'triage',
        kind: 'triage',
        title: 'Sort and merge the findings',
        instructions: 'Sort by what could hurt users first.',
        dependsOn: ids,
      }),
    ],
  };
}

const byTopic = () =>
  TOPICS.map(({ id, title, pattern }) =>
    subtask({
      id,
      title,
      instructions: `Look for this in the workspace: search for \`${pattern}\`, read what matches, and report it.`,
    }),
  );

const byFolder = (pattern: string, folders: string[]) =>
  (folders.length > 0 ? folders : ['.']).map((folder) =>
    subtask({
      id: folder === '.' ? 'everywhere' : slug(folder),
      title: `Look in ${folder}`,
      instructions: `Search for \`${pattern}\`, read what matches, and report it.`,
      paths: [folder],
    }),
  );

interface Draft {
  id: string;
  title: string;
  instructions: string;
  kind?: 'investigate' | 'check' | 'triage';
  paths?: string[];
  check?: string;
  dependsOn?: string[];
}

function subtask({ kind = 'investigate', paths = [], check, dependsOn = [], ...rest }: Draft) {
  return {
    ...rest,
    kind,
    paths,
    check: check ?? null,
    questions: null,
    map: null,
    acceptance: null,
    dependsOn,
    weight: kind === 'investigate' ? 4 : 1,
  };
}

/** `src/ (64 files, …)` at the top level, those with most files first. */
function topFolders(workspace: string): string[] {
  return [...workspace.matchAll(/^([^/\n]+)\/ \((\d+) files?/gm)]
    .toSorted((a, b) => Number(b[2]) - Number(a[2]))
    .slice(0, MOST_FOLDERS)
    .map(([, name = '']) => name);
}

export const backticked = (text: string): string | null => /`([^`\n]+)`/.exec(text)?.[1] ?? null;

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/^(?![a-z])/, 'x')
    .slice(0, 24) || 'x';
