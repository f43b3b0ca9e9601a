/** Nano's role: severity and area from the words of a finding; the same line of the same file is the same finding. */
import { sectionText, type StandInRequest } from '../request.ts';
import { TOPICS } from './topics.ts';

export function triage(request: StandInRequest) {
  const seen = new Map<string, string>();
  const items = [...sectionText(request, 'findings').matchAll(/^\[([a-z0-9-]+)\] (.*) \((.+:\d+)\)$/gm)].map(
    ([, id = '', title = '', place = '']) => {
      const topic = TOPICS.find((candidate) => title.startsWith(candidate.title));
      const duplicateOf = seen.get(place) ?? null;
      if (duplicateOf === null) seen.set(place, id);
      return { id, severity: topic?.severity ?? 'info', area: topic?.area ?? 'matches', duplicateOf };
    },
  );
  return { items };
}
