/** The list of objectives as its users see it, the ones that have ended with their results. */
export interface ObjectiveRow {
  objectiveId: string;
  title: string;
  status: string;
  startedAtMs: number;
  endedAtMs: number | null;
  resultJson: string | null;
}

export interface Objectives {
  open(objective: { objectiveId: string; title: string; startedAtMs: number }): Promise<void>;
  close(end: { objectiveId: string; status: string; endedAtMs: number; resultJson: string }): Promise<void>;
  get(objectiveId: string): Promise<ObjectiveRow | null>;
  /** Newest first. */
  list(limit: number): Promise<ObjectiveRow[]>;
}
