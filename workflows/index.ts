/** What a worker may run. Names live in histories. */
export { objectiveWorkflow } from './objective.ts';
export { subagentWorkflow } from './subagent.ts';
export { mapWorkflow } from './map.ts';
