/** A unified difference in the form that models write patches in. Renames and binary files are not in those of the cases. */

export function v4aOf(diff: string): string {
  const files = diff.split(/^diff --git /m).slice(1);
  return ['*** Begin Patch', ...files.flatMap(fileOf), '*** End Patch'].join('\n');
}

function fileOf(text: string): string[] {
  const [before = '', after = ''] = [/^--- (.*)$/m.exec(text)?.[1], /^\+\+\+ (.*)$/m.exec(text)?.[1]];
  if (before === '') return [];
  const lines = text.slice(text.indexOf('@@')).split('\n');
  const hunks = lines.filter((line) => /^[ +-]|^@@/.test(line)).map((line) => (line.startsWith('@@') ? '@@' : line));
  if (after === '/dev/null') return [`*** Delete File: ${before.slice(2)}`];
  if (before === '/dev/null')
    return [`*** Add File: ${after.slice(2)}`, ...hunks.filter((line) => line.startsWith('+'))];
  return [`*** Update File: ${after.slice(2)}`, ...hunks];
}
