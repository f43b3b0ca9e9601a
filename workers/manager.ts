/** The worker of Task Queue `manager`. */
import { createManagerActivities } from '../activities/index.ts';
import { startWorker } from './start.ts';

await startWorker('manager', createManagerActivities);
