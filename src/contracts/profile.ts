/** Profiles of tiers as histories hold them. Free of zod. */
import type { TierProfile } from './model.ts';

/** What profiles say only since a tier may have a model of any provider. */
type Later = Pick<TierProfile, 'provider' | 'capabilities'>;

/** The profile of an objective that began whenever: its history is decoded by today's code (test/replay/histories holds some). */
export type RecordedProfile = Omit<TierProfile, keyof Later> & Partial<Later>;

/** Until then every model was one of OpenAI's, and each of those could do as much. */
const UNTIL_THEN: Later = { provider: 'openai', capabilities: ['tools', 'strictSchema'] };

export const wholeProfile = (profile: RecordedProfile): TierProfile => ({ ...UNTIL_THEN, ...profile });
