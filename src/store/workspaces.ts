/**
 * Who may go on from which state of a workspace: a lease whose token goes up with each holder, and what each turn left. Invariants: (1) of all
 * tokens that were ever given out for a workspace, only the newest can keep anything, and only until the lease is released; (2) a turn's
 * outputs and snapshot are kept together or not at all, once; (3) whoever acquires goes on from the snapshot that was kept last.
 */
export interface LeaseRequest {
  workspaceId: string;
  objectiveId: string;
  /** The machine that its folder is on. */
  hostId: string;
  /** Where nothing has been kept yet: the state it begins with. */
  startRef: string;
}

export interface Lease {
  token: number;
  snapshotRef: string;
}

export interface KeptTurn {
  snapshotRef: string;
  outputsRef: string;
}

export interface TurnToKeep extends KeptTurn {
  workspaceId: string;
  token: number;
  /** The turn's transcript: what was asked for. */
  turnHead: string;
}

export interface HeldLease extends Lease {
  hostId: string;
}

export interface WorkspaceLeases {
  /** The holder before, wherever it is, can keep nothing any more. */
  acquire(request: LeaseRequest): Promise<Lease>;
  /** Keeping a turn again returns what was kept first. Rejects with `WorkspaceLeaseLost` where the token is not the newest. */
  keepTurn(turn: TurnToKeep): Promise<KeptTurn>;
  turn(workspaceId: string, turnHead: string): Promise<KeptTurn | null>;
  /** Null where nobody holds it. */
  current(workspaceId: string): Promise<HeldLease | null>;
  /** Nobody holds it, until it is acquired again. */
  release(workspaceId: string): Promise<void>;
}
