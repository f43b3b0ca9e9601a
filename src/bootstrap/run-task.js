/** Entry of the npm scripts: `node src/bootstrap/run-task.js TASK …`. */
import { runTask } from './main.js';

const [task, ...args] = process.argv.slice(2);
runTask(task, args);
