/** Bounds of a pod where nobody says otherwise: room for a large test suite, none for what would hurt the worker beside it. */
import type { PodLimits } from './pod.ts';

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: PodLimits = {
  cpuSeconds: 3600,
  // Threads count, and a test runner starts dozens for each core.
  processes: 1024,
  dataBytes: 4096 * MIB,
  fileBytes: 1024 * MIB,
  openFiles: 4096,
  memoryBytes: 4096 * MIB,
  diskBytes: 4096 * MIB,
};
