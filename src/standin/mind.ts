/**
 * Rules in place of a mind: which role a request asks for is seen from its answer format or its tools, and each role answers from the text
 * it was given. No role knows anything else.
 */
import { investigate } from './roles/investigator.ts';
import { plan } from './roles/planner.ts';
import { review } from './roles/reviewer.ts';
import { synthesize } from './roles/synthesizer.ts';
import { triage } from './roles/triager.ts';
import { type StandInRequest, userText } from './request.ts';

/** What the stand-in says: a text, or tool calls. */
export type Utterance = { text: string } | { calls: { name: string; args: unknown }[] };

const BY_FORMAT: Record<string, (request: StandInRequest) => unknown> = { plan, review, synthesis: synthesize, triage };

export function answer(request: StandInRequest): Utterance {
  const role = BY_FORMAT[request.text?.format?.name ?? ''];
  if (role) return { text: JSON.stringify(role(request)) };
  const hasFinish = request.tools?.some(({ name }) => name === 'finish') ?? false;
  if (hasFinish) return { calls: investigate(request) };
  return {
    text: `[stand-in] I follow rules and have none for this request of ${userText(request).length} characters.`,
  };
}
