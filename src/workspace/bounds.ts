/** What a workspace may hold at most: when it is frozen, and in every state that follows. */

export interface FreezeBounds {
  maxFiles: number;
  maxFileBytes: number;
  maxTotalBytes: number;
}

export const FREEZE_BOUNDS: FreezeBounds = {
  maxFiles: 50_000,
  maxFileBytes: 20_000_000,
  maxTotalBytes: 2_000_000_000,
};
