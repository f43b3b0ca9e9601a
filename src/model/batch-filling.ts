/** What goes into a batch: calls that nobody has made, in their order, each written down and reserved for, while there is room. */
import { callKeyOf, subtaskAccountId } from '../contracts/addresses.ts';
import { type Amounts, eachUnit, minus, NOTHING, plus, UNITS } from '../contracts/amounts.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { CallRecord } from '../store/journal.ts';
import { type Ledger, spentOf } from '../store/ledger.ts';
import { type JournaledWire, newWire, type SingleCall, writtenWire } from './journaled-wire.ts';
import type { BatchedWire } from './port.ts';
import { Reservation, type ReservationParts } from './reservation.ts';

export interface FillingBounds {
  batchKey: string;
  mostCalls: number;
  mostBytes: number;
  /** Of all worst cases together; the first call is taken all the same. */
  room: Amounts;
}

/** So many are written down together. */
const TAKEN_AT_ONCE = 250;

export class BatchFilling {
  readonly #parts: ReservationParts;
  readonly #bounds: FillingBounds;
  readonly #wires = new Map<string, BatchedWire>();
  #bytes = 0;
  #worst: Amounts = NOTHING;
  #isFull = false;
  #refusal: Error | null = null;

  constructor(parts: ReservationParts, bounds: FillingBounds) {
    this.#parts = parts;
    this.#bounds = bounds;
  }

  get wires(): BatchedWire[] {
    return [...this.#wires.values()];
  }

  /** Why the last call that was left out does not fit the budget. */
  get refusal(): Error | null {
    return this.#refusal;
  }

  /** Nothing more is taken. */
  close(): void {
    this.#isFull = true;
  }

  /** What was written down for the batch before: it is reserved for, and goes as it stands. */
  async adopt(): Promise<void> {
    for (const { callKey, model, body } of await this.#parts.store.batches.bodies(this.#bounds.batchKey)) {
      this.#wires.set(callKey, { request: { callKey, model, background: false }, body });
      this.#bytes += Buffer.byteLength(body);
    }
  }

  /** Is nothing of these calls left for another batch? What was made before, in whichever way, is the live lane's. */
  async add(calls: SingleCall[], signal: AbortSignal): Promise<boolean> {
    for (let start = 0; start < calls.length; start += TAKEN_AT_ONCE) {
      signal.throwIfAborted();
      const together = calls.slice(start, start + TAKEN_AT_ONCE);
      const taken = await settled(together.map((call) => this.#isCovered(call)));
      if (taken.includes(false)) return false;
    }
    return true;
  }

  async #isCovered(call: SingleCall): Promise<boolean> {
    const callKey = callKeyOf(call);
    const record = await this.#parts.store.journal.find(callKey);
    if (record && !(await this.#isUnmade(record))) return true;
    if (this.#isFull) return false;
    const head = { ...call.head, background: false };
    const wire = await (record ? writtenWire(this.#parts, record) : newWire(this.#parts, callKey, { ...call, head }));
    const terms = { lane: 'batch', batchKey: this.#bounds.batchKey } as const;
    return this.#take(wire, new Reservation(this.#parts, wire, call, terms));
  }

  /** Released with a whole batch that was turned away. */
  async #isUnmade({ reply, latest }: CallRecord): Promise<boolean> {
    if (reply || latest?.state !== 'released' || latest.batchKey === null) return false;
    const batch = await this.#parts.store.batches.find(latest.batchKey);
    return batch?.state !== 'ended';
  }

  async #take(wire: JournaledWire, reservation: Reservation): Promise<boolean> {
    const { callKey } = wire.request;
    const size = { bytes: Buffer.byteLength(wire.body), worst: reservation.worst };
    if (!this.#isRoomFor(size)) return this.#leaveOut(null);
    this.#bytes += size.bytes;
    this.#worst = plus(this.#worst, size.worst);
    this.#wires.set(callKey, wire);
    const outcome = await reservation.take().catch((error: unknown) => refusalIn(error));
    if (outcome && 'wire' in outcome) {
      const { request, body } = outcome.wire;
      const { model, background } = request;
      this.#wires.set(callKey, { request: { callKey, model, background }, body });
      return true;
    }
    this.#wires.delete(callKey);
    this.#bytes -= size.bytes;
    this.#worst = minus(this.#worst, size.worst);
    // Null: somebody makes it.
    return outcome === null || this.#leaveOut(outcome.failure);
  }

  #isRoomFor({ bytes, worst }: { bytes: number; worst: Amounts }): boolean {
    const { mostCalls, mostBytes, room } = this.#bounds;
    if (this.#isFull) return false;
    if (this.#wires.size === 0) return true;
    const held = plus(this.#worst, worst);
    return (
      this.#wires.size < mostCalls &&
      this.#bytes + bytes <= mostBytes &&
      UNITS.every((unit) => held[unit] <= room[unit])
    );
  }

  #leaveOut(refusal: Error | null): false {
    this.#isFull = true;
    this.#refusal ??= refusal;
    return false;
  }
}

/** Of a cap that is used up; whatever else goes wrong is thrown. */
function refusalIn(error: unknown): { failure: Error } {
  if (error instanceof TypedFailure && (error.type === 'BudgetExceeded' || error.type === 'AllowanceExceeded'))
    return { failure: error };
  throw error as Error;
}

/** Nothing is under way any more when it ends, also where it throws. */
async function settled<T>(working: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(working);
  return Promise.all(working);
}

/** What one batch may hold of what its accounts have left: others need room, too, and the batch takes hours. */
const SHARE = 0.5;

/** Of what is neither spent nor held, under every cap over the subtask. */
export async function roomFor(
  ledger: Pick<Ledger, 'account'>,
  { objectiveId, subtaskId }: { objectiveId: string; subtaskId: string },
): Promise<Amounts> {
  let room = eachUnit(() => Number.POSITIVE_INFINITY);
  const own = subtaskAccountId(objectiveId, subtaskId);
  for (let next: string | null = own; next !== null;) {
    const account = await ledger.account(next);
    const left = eachUnit((unit) => {
      const { cap = null, reserved = 0 } = account?.[unit] ?? {};
      return account && cap !== null ? (cap - spentOf(account[unit]) - reserved) * SHARE : Number.POSITIVE_INFINITY;
    });
    const before = room;
    room = eachUnit((unit) => Math.min(before[unit], left[unit]));
    // An account of its own is opened with its first call.
    next = account ? account.parentId : next === own ? objectiveId : null;
  }
  return room;
}
