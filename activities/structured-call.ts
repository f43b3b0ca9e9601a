/**
 * A model call whose answer must fit a schema and our own rules. What does not is sent back with the reason, at most twice;
 * then it is `ModelAnswerInvalid`. Every repair is a call of its own, with a key of its own.
 */
import type { z } from 'zod';
import type { CallAddress, Tier } from '../src/contracts/addresses.ts';
import { type ConversationItem, requestHead } from '../src/contracts/model.ts';
import { problemText, zodProblems } from '../src/contracts/parse-plan.ts';
import { type RecordedProfile, wholeProfile } from '../src/contracts/profile.ts';
import { TypedFailure } from '../src/contracts/typed-failure.ts';
import { strictSchema } from '../src/model/strict-schema.ts';
import { clip } from '../src/prompts/sections.ts';
import type { Services } from './services.ts';

const MOST_REPAIRS = 2;
const MOST_ANSWER_CHARACTERS = 2_000_000;

export interface StructuredCall<Schema extends z.ZodType, Value> {
  address: CallAddress;
  tier: Tier;
  profile: RecordedProfile;
  prompt: ConversationItem[];
  format: { name: string; schema: Schema };
  /** What the schema can't say: the value, or every problem in words. */
  accept: (answer: z.infer<Schema>) => { value: Value; problems?: never } | { value?: never; problems: string[] };
  /** Failure type when the repairs are used up. */
  failure?: 'PlanInvalid' | 'ModelAnswerInvalid';
}

export interface StructuredAnswer<Value> {
  value: Value;
  costMicros: number;
  calls: number;
}

export async function structuredCall<Schema extends z.ZodType, Value>(
  { store, caller }: Pick<Services, 'store' | 'caller'>,
  call: StructuredCall<Schema, Value>,
  cancelled: AbortSignal,
): Promise<StructuredAnswer<Value>> {
  const { address, tier, profile, format } = call;
  let conversation = () => store.transcripts.draft(null, call.prompt);
  let costMicros = 0;
  for (let repair = 0; ; repair += 1) {
    const purpose = repair === 0 ? address.purpose : `${address.purpose}.repair-${repair}`;
    const paid = await caller.call(
      {
        ...address,
        purpose,
        tier,
        head: requestHead(wholeProfile(profile), {
          tools: [],
          format: { name: format.name, schema: strictSchema(format.schema) },
          cacheKey: address.objectiveId,
        }),
        conversation,
      },
      cancelled,
    );
    costMicros += paid.costMicros;
    const verdict = judge(paid.reply.text, call);
    if (verdict.problems === undefined) return { value: verdict.value, costMicros, calls: repair + 1 };
    if (repair === MOST_REPAIRS) {
      const tries = `${format.name}: after ${MOST_REPAIRS} repairs the answer of ${profile.model} still has problems.`;
      throw new TypedFailure(
        call.failure ?? 'ModelAnswerInvalid',
        `${tries} ${verdict.problems.join(' ').slice(0, 1000)}`,
      );
    }
    const { problems } = verdict;
    conversation = () => store.transcripts.draft(paid.transcriptHead, [repairRequest(problems)]);
  }
}

function judge<Schema extends z.ZodType, Value>(text: string, { format, accept }: StructuredCall<Schema, Value>) {
  if (text.length > MOST_ANSWER_CHARACTERS)
    return { problems: [`The answer has ${text.length} characters; be brief.`] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problems: [`The answer is not JSON: ${(error as Error).message}`] };
  }
  const parsed = format.schema.safeParse(json);
  return parsed.success ? accept(parsed.data) : { problems: zodProblems(parsed.error).map(problemText) };
}

/** At most so many problems are told at once; a plan of a thousand wrong nodes needs no thousand lines. */
const MOST_PROBLEMS = 30;
const PROBLEM_CHARACTERS = 500;

function repairRequest(problems: string[]): ConversationItem {
  const listed = problems.slice(0, MOST_PROBLEMS).map((problem) => `- ${clip(problem, PROBLEM_CHARACTERS)}`);
  return {
    role: 'user',
    content: `Your answer can't be used:\n${listed.join('\n')}\nAnswer again, whole and corrected.`,
  };
}
