/** Where subtasks that depend on a map find what it left: paths of the workspace that each of their attempts is given. */

export const MAP_RESULTS_FOLDER = '.flotilla/results';

/** As the map's own folder of files has them. */
export const MAP_RESULT_FILES = ['results.jsonl', 'dead-letters.jsonl', 'summary.json'] as const;
type MapResultFile = (typeof MAP_RESULT_FILES)[number];

export const mapResultPath = (subtaskId: string, file: MapResultFile): string =>
  `${MAP_RESULTS_FOLDER}/${subtaskId}/${file}`;

/** The map whose files a path means; null where it means others. */
export function mapReadBy(path: string): string | null {
  const inside = path.startsWith(`${MAP_RESULTS_FOLDER}/`) ? path.slice(MAP_RESULTS_FOLDER.length + 1) : '';
  const [id = '', ...file] = inside.split('/');
  return file.length > 0 ? id : null;
}
