/** The manager's second look: content with what there is. */
import { sectionText, type StandInRequest } from '../request.ts';

export function review(request: StandInRequest) {
  const states = [...sectionText(request, 'results').matchAll(/^\[[a-z0-9-]+\] \w+, (\w+):/gm)].map(
    ([, state]) => state,
  );
  const completed = states.filter((state) => state === 'completed').length;
  return {
    verdict: 'sufficient',
    reason: `[stand-in] ${completed} of ${states.length} subtasks completed; I add nothing.`,
    subtasks: [],
    replaces: [],
  };
}
