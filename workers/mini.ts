/** The worker of Task Queue `mini`. */
import { createHostActivities, createMiniActivities } from '../activities/index.ts';
import { startWorker } from './start.ts';

await startWorker('mini', createMiniActivities, createHostActivities);
