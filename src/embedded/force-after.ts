/** Known to the keeper and to whoever waits for what it ends. The keeper stays small: it imports nothing else. */
export const FORCE_AFTER_MS = 5000;
