/** The manager's last word: counts, and the findings that matter most by their severity. */
import { sectionText, type StandInRequest } from '../request.ts';

const ORDER = ['critical', 'high', 'medium', 'low', 'info'];
const MOST_KEY_FINDINGS = 5;

export function synthesize(request: StandInRequest) {
  const findings = [...sectionText(request, 'findings').matchAll(/^\[([a-z0-9-]+)\] (\w+): /gm)].map(
    ([, id = '', severity = '']) => ({ id, severity }),
  );
  const counts = ORDER.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count > 0 ? [`${count} ${severity}`] : [];
  });
  const key = findings
    .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    .slice(0, MOST_KEY_FINDINGS);
  const first = key.map(({ id }) => `[${id}]`).join(', ');
  return {
    answer: [
      `The stand-in, which follows rules and is not a language model, found ${findings.length} distinct places${counts.length > 0 ? ` (${counts.join(', ')})` : ''}.`,
      ...(key.length > 0 ? [`Look at these first: ${first}.`] : []),
    ].join(' '),
    keyFindings: key.map(({ id }) => id),
    uncertain: ['[stand-in] Patterns find what they describe; whether it matters takes a model or a person.'],
  };
}
