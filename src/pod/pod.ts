/** A pod: the sandbox that a subtask's tools run in, one process tree behind a supervisor that speaks JSON lines. */
import type { OperationName, Operations } from './protocol.ts';

/** Bounds of a pod. Times in milliseconds, sizes in bytes. */
export interface PodLimits {
  cpuSeconds: number;
  processes: number;
  dataBytes: number;
  fileBytes: number;
  openFiles: number;
  /** Resident, of all its processes together; beyond, the pod is killed. */
  memoryBytes: number;
  /** What the workspace may grow to on disk; beyond, the pod is killed. */
  diskBytes: number;
}

/** A folder of the engine's that is shown read-only inside the workspace at `path`, with places below it that are scratch. */
export interface Layer {
  path: string;
  folder: string;
  scratch: string[];
}

export interface PodSpec {
  /** A folder of the host that belongs to this pod alone; inside it is `/workspace`. */
  workspace: string;
  layers: Layer[];
  limits: PodLimits;
  /** `host`, `*.suffix`, with `:port` where it is not 443 or 80; empty for no network at all. */
  allowHosts: string[];
}

/** Why a pod is gone: asked to go, or which bound it broke, or that it died. */
export type PodEnd = { reason: 'closed' | 'memory' | 'disk' | 'died'; detail: string };

export interface Pod {
  /** Throws `PodRefusal` for what the model is told, `PodLost` when the pod is gone. An abort ends a command, not the pod. */
  request<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    signal: AbortSignal,
  ): Promise<Operations[Name]['value']>;
  /** Resolves once none of its processes is left. */
  close(): Promise<void>;
  readonly ended: Promise<PodEnd>;
}
