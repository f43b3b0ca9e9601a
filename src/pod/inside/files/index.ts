/** Operations on the files of a workspace, for the process that works inside a pod. */
export { fileOperations } from './operations.ts';
