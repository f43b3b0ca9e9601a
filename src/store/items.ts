/** What maps have paid for: the outcome of each item by its key, whichever map asked first, and the shards that are done. */
import type { MapCounts, MapPhase } from '../contracts/map-run.ts';

export interface KnownItem {
  /** 16 bytes, of everything that the answer depends on. */
  key: Uint8Array;
  /** `ItemResult`. */
  resultJson: string;
}

/** One phase of one attempt of a map. */
export interface MapAddress {
  objectiveId: string;
  subtaskId: string;
  attempt: number;
  phase: MapPhase;
}

/** `resultsRef`: an object with a line for each of its items, in order. */
export interface DoneShard {
  shard: number;
  resultsRef: string;
  counts: MapCounts;
}

export interface Items {
  /** In the order of the keys; null where nothing is known. */
  known(keys: Uint8Array[]): Promise<(string | null)[]>;
  /** All of them or none. The last one stands. */
  keep(items: KnownItem[]): Promise<void>;
  keepShard(shard: MapAddress & DoneShard): Promise<void>;
  shard(address: MapAddress, shard: number): Promise<DoneShard | null>;
  /** In the order of the input. */
  shards(address: MapAddress): Promise<DoneShard[]>;
}
