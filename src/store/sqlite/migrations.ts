/**
 * The SQL schema, as steps that are only ever added to; `PRAGMA user_version` counts the ones that ran. Money is integer
 * micro-dollars, times are milliseconds since 1970. `creates` holds one row per time a call was sent to the provider. A `transcript_head`
 * that is empty stands for a call that keeps no conversation.
 */
export const MIGRATIONS = [
  `
  CREATE TABLE objectives (
    objective_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    result_json TEXT
  ) STRICT;

  CREATE TABLE accounts (
    account_id TEXT PRIMARY KEY,
    parent_id TEXT,
    cap_micros INTEGER,
    settled_micros INTEGER NOT NULL DEFAULT 0,
    reserved_micros INTEGER NOT NULL DEFAULT 0,
    in_doubt_micros INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE calls (
    call_key TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    objective_id TEXT NOT NULL,
    subtask_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    tier TEXT NOT NULL,
    model TEXT NOT NULL,
    head_json TEXT NOT NULL,
    transcript_head TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    reply_json TEXT,
    stand_in TEXT,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    cached_input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    answered_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX calls_by_objective ON calls (objective_id, subtask_id);

  CREATE TABLE creates (
    call_key TEXT NOT NULL,
    n INTEGER NOT NULL,
    owner_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'identified', 'settled', 'released', 'in-doubt')),
    response_id TEXT,
    reserved_micros INTEGER NOT NULL,
    cost_micros INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (call_key, n)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE chunks (
    ref TEXT PRIMARY KEY,
    previous TEXT,
    items_json TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Rows in the order in which they come, found by an index: a commit writes a few pages at the end, not one page for each row. `body` is
  // what was sent, kept until it is answered: what was written down is what is sent again.
  `
  CREATE TABLE new_calls (
    call_key TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    objective_id TEXT NOT NULL,
    subtask_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    tier TEXT NOT NULL,
    model TEXT NOT NULL,
    head_json TEXT NOT NULL,
    transcript_head TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    reply_json TEXT,
    stand_in TEXT,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    cached_input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    answered_at INTEGER,
    body TEXT
  ) STRICT;
  INSERT INTO new_calls SELECT *, NULL FROM calls;
  DROP TABLE calls;
  ALTER TABLE new_calls RENAME TO calls;
  CREATE INDEX calls_by_objective ON calls (objective_id, subtask_id);

  CREATE TABLE new_chunks (
    ref TEXT PRIMARY KEY,
    previous TEXT,
    items_json TEXT NOT NULL
  ) STRICT;
  INSERT INTO new_chunks SELECT * FROM chunks;
  DROP TABLE chunks;
  ALTER TABLE new_chunks RENAME TO chunks;
  `,
  // The ledger: caps in every unit, a flag for what a person should look at, and every movement of money as an entry that stays. What
  // was booked before is one entry of each account.
  `
  ALTER TABLE accounts ADD COLUMN cap_tokens INTEGER;
  ALTER TABLE accounts ADD COLUMN settled_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN reserved_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN in_doubt_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN cap_calls INTEGER;
  ALTER TABLE accounts ADD COLUMN settled_calls INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN reserved_calls INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN in_doubt_calls INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN cap_quota INTEGER;
  ALTER TABLE accounts ADD COLUMN settled_quota INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN reserved_quota INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN in_doubt_quota INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN reserved_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN cost_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN reserved_calls INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN cost_calls INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN reserved_quota INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN cost_quota INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE creates ADD COLUMN flag TEXT;
  CREATE INDEX accounts_by_parent ON accounts (parent_id);

  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'raise', 'reserve', 'settle', 'release', 'doubt', 'resolve')),
    call_key TEXT,
    n INTEGER,
    reserved_micros INTEGER NOT NULL,
    settled_micros INTEGER NOT NULL,
    in_doubt_micros INTEGER NOT NULL,
    balance_micros INTEGER NOT NULL,
    cap_micros INTEGER,
    raise_key TEXT
  ) STRICT;
  CREATE UNIQUE INDEX entries_by_raise_key ON entries (raise_key) WHERE raise_key IS NOT NULL;
  CREATE INDEX entries_by_account ON entries (account_id);
  INSERT INTO entries (account_id, at, kind, reserved_micros, settled_micros, in_doubt_micros, balance_micros, cap_micros)
    SELECT account_id, unixepoch() * 1000, 'open', reserved_micros, settled_micros, in_doubt_micros,
      reserved_micros + settled_micros + in_doubt_micros, cap_micros FROM accounts;
  `,
  // One row per try of a subtask that has ended. What it used is in the journal.
  `
  CREATE TABLE attempts (
    objective_id TEXT NOT NULL,
    subtask_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    kind TEXT NOT NULL,
    tier TEXT,
    verdict TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (objective_id, subtask_id, attempt)
  ) STRICT;
  `,
  // What maps have paid for. Keys are hashes, so each commit touches as many pages as it has items: they are kept small.
  `
  CREATE TABLE items (
    item_key BLOB PRIMARY KEY,
    result_json TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE shards (
    objective_id TEXT NOT NULL,
    subtask_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    phase TEXT NOT NULL,
    shard INTEGER NOT NULL,
    results_ref TEXT NOT NULL,
    counts_json TEXT NOT NULL,
    PRIMARY KEY (objective_id, subtask_id, attempt, phase, shard)
  ) STRICT, WITHOUT ROWID;
  `,
  // A create that is sent with others names its batch from before it is sent: who finds one without an id knows what to look for.
  `
  CREATE TABLE batches (
    batch_key TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    batch_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('filling', 'sent', 'ended', 'turned-away')),
    started_at INTEGER NOT NULL
  ) STRICT;
  ALTER TABLE creates ADD COLUMN batch_key TEXT;
  CREATE INDEX creates_by_batch ON creates (batch_key) WHERE batch_key IS NOT NULL;
  `,
  // Leases: one row for each workspace, one for each turn whose outputs were kept. A `host_id` that is null: nobody holds it.
  `
  CREATE TABLE workspaces (
    workspace_id TEXT PRIMARY KEY,
    objective_id TEXT NOT NULL,
    token INTEGER NOT NULL,
    host_id TEXT,
    snapshot_ref TEXT NOT NULL,
    has_kept INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE workspace_turns (
    workspace_id TEXT NOT NULL,
    turn_head TEXT NOT NULL,
    token INTEGER NOT NULL,
    snapshot_ref TEXT NOT NULL,
    outputs_ref TEXT NOT NULL,
    PRIMARY KEY (workspace_id, turn_head)
  ) STRICT;
  `,
  // Results in the order in which they come: what their keys, which are hashes, scatter is an index of keys alone.
  `
  CREATE TABLE new_items (
    item_key BLOB PRIMARY KEY,
    result_json TEXT NOT NULL
  ) STRICT;
  INSERT INTO new_items SELECT * FROM items;
  DROP TABLE items;
  ALTER TABLE new_items RENAME TO items;
  `,
];
