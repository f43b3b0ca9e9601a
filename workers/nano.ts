/** The worker of Task Queue `nano`. */
import { createNanoActivities } from '../activities/index.ts';
import { startWorker } from './start.ts';

await startWorker('nano', createNanoActivities);
