/** Leases of workspaces and what their turns left, in SQL. */
import { TypedFailure } from '../../contracts/typed-failure.ts';
import type { HeldLease, KeptTurn, Lease, LeaseRequest, TurnToKeep, WorkspaceLeases } from '../workspaces.ts';
import type { Reader } from './reader.ts';
import type { Row } from './sql.ts';
import type { Transaction } from './transaction.ts';
import type { Writer } from './writer.ts';

export function acquireWorkspace(
  { sql }: Transaction,
  { workspaceId, objectiveId, hostId, startRef }: LeaseRequest,
): Lease {
  const row = sql.get(
    `INSERT INTO workspaces (workspace_id, objective_id, token, host_id, snapshot_ref, has_kept) VALUES (?, ?, 1, ?, ?, 0)
     ON CONFLICT DO UPDATE SET token = token + 1, host_id = excluded.host_id,
       snapshot_ref = iif(has_kept, snapshot_ref, excluded.snapshot_ref)
     RETURNING token, snapshot_ref`,
    workspaceId,
    objectiveId,
    hostId,
    startRef,
  );
  return toLease(row ?? {});
}

export function keepTurn(
  { sql }: Transaction,
  { workspaceId, token, turnHead, snapshotRef, outputsRef }: TurnToKeep,
): KeptTurn {
  const lease = sql.get('SELECT token, host_id FROM workspaces WHERE workspace_id = ?', workspaceId);
  if (lease?.['token'] !== token || lease['host_id'] === null) throw lost(workspaceId, token, lease);
  const kept = sql.get(TURN, workspaceId, turnHead);
  if (kept) return toTurn(kept);
  sql.run(
    'INSERT INTO workspace_turns (workspace_id, turn_head, token, snapshot_ref, outputs_ref) VALUES (?, ?, ?, ?, ?)',
    workspaceId,
    turnHead,
    token,
    snapshotRef,
    outputsRef,
  );
  sql.run('UPDATE workspaces SET snapshot_ref = ?, has_kept = 1 WHERE workspace_id = ?', snapshotRef, workspaceId);
  return { snapshotRef, outputsRef };
}

export function releaseWorkspace({ sql }: Transaction, { workspaceId }: { workspaceId: string }): void {
  sql.run('UPDATE workspaces SET host_id = NULL WHERE workspace_id = ?', workspaceId);
}

const TURN = 'SELECT snapshot_ref, outputs_ref FROM workspace_turns WHERE workspace_id = ? AND turn_head = ?';

export function workspacesOn(read: Reader, writer: Writer): WorkspaceLeases {
  return {
    acquire: (request) => writer.run('acquireWorkspace', request),
    keepTurn: (turn) => writer.run('keepTurn', turn),
    async turn(workspaceId, turnHead) {
      const row = read.get(TURN, workspaceId, turnHead);
      return row ? toTurn(row) : null;
    },
    async current(workspaceId) {
      const row = read.get('SELECT * FROM workspaces WHERE workspace_id = ? AND host_id IS NOT NULL', workspaceId);
      return row ? toHeld(row) : null;
    },
    release: (workspaceId) => writer.run('releaseWorkspace', { workspaceId }),
  };
}

function lost(workspaceId: string, token: number, lease: Row | undefined): TypedFailure {
  const now =
    lease?.['host_id'] == null ? 'nobody holds it now' : `token ${lease['token']} is on ${lease['host_id']} now`;
  return new TypedFailure('WorkspaceLeaseLost', `Workspace ${workspaceId} is not held by token ${token}: ${now}.`);
}

const toLease = (row: Row): Lease => ({ token: Number(row['token']), snapshotRef: String(row['snapshot_ref']) });

const toHeld = (row: Row): HeldLease => ({ ...toLease(row), hostId: String(row['host_id']) });

const toTurn = (row: Row): KeptTurn => ({
  snapshotRef: String(row['snapshot_ref']),
  outputsRef: String(row['outputs_ref']),
});
