/** Where what can be made again is kept: the same folder as `src/config.ts` says. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'flotilla');
