/** The manager as a judge: what the acceptance puts between backticks must stand in the result. More than that it can't tell. */
import { sectionText, type StandInRequest } from '../request.ts';

export function judge(request: StandInRequest) {
  const result = sectionText(request, 'results');
  const wanted = [...sectionText(request, 'acceptance').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  const missing = wanted.filter((text) => !result.includes(text));
  const asked = wanted.length > 0 ? `${wanted.length - missing.length} of ${wanted.length} texts` : 'nothing by name';
  return {
    verdict: missing.length > 0 ? 'reject' : 'accept',
    reason: `[stand-in] The acceptance asks for ${wanted.length > 0 ? 'texts' : 'nothing'} between backticks; the result holds ${asked}.`,
    missing: missing.map((text) => `[stand-in] The result does not hold \`${text}\`.`),
  };
}
