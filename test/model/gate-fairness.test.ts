/**
 * Many objectives at one gate, in every order of coming, leaving and being let go. A call waits for at most one call of each other objective of its
 * class, for itself and for each call of its own objective before it; and of ten that pass, nine are interactive while one of each class waits.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MOST_IN_A_ROW } from '../../src/model/fair-queue.ts';
import { Gate, type Leave, type Outcome } from '../../src/model/limiter.ts';

interface Call {
  n: number;
  objectiveId: string;
  isBackground: boolean;
  state: 'coming' | 'waiting' | 'inside' | 'left' | 'aborted';
  abort: () => void;
  leave: Leave;
  /** Of its own objective, when it came. */
  ahead: number;
  /** Other objectives of its class that waited while it did. */
  others: Set<string>;
  /** What passed while it waited. */
  passedBy: Call[];
}

const OBJECTIVES = ['a', 'b', 'c', 'd', 'e'];
const MOST_ALLOWED = 4;

/** A gate, and what it did that it had not promised. */
class Watched {
  readonly gate: Gate;
  readonly calls: Call[] = [];
  readonly breaches: string[] = [];

  constructor(most: number) {
    this.gate = new Gate({ most, share: 1, now: () => 0 });
  }

  in(...states: Call['state'][]): Call[] {
    return this.calls.filter(({ state }) => states.includes(state));
  }

  come(objective: number): void {
    const [objectiveId = '', isBackground] = [OBJECTIVES[objective], objective >= 3];
    const alike = this.in('waiting', 'coming').filter((other) => other.isBackground === isBackground);
    const strangers = alike.filter((other) => other.objectiveId !== objectiveId);
    for (const { others } of strangers) others.add(objectiveId);
    const controller = new AbortController();
    const call: Call = {
      ...{ n: this.calls.length, objectiveId, isBackground, state: 'coming', passedBy: [] },
      abort: () => controller.abort(new Error('not wanted any more')),
      leave: () => undefined,
      ahead: alike.length - strangers.length,
      others: new Set(strangers.map((other) => other.objectiveId)),
    };
    this.calls.push(call);
    this.gate.enter({ objectiveId, isBackground }, controller.signal).then(
      (leave) => this.#passes(Object.assign(call, { state: 'inside', leave })),
      () => (call.state = 'aborted'),
    );
  }

  /** Until all that was decided has been heard of. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const call of this.in('coming')) call.state = 'waiting';
    if (this.in('waiting').length > 0 && this.in('inside').length < this.gate.allowed)
      this.breaches.push('A call waits before an open gate.');
    expect(this.breaches).toEqual([]);
  }

  #passes(call: Call): void {
    const { n, objectiveId, isBackground, passedBy, ahead, others } = call;
    const tell = (isKept: boolean, breach: string) => isKept || this.breaches.push(`Call ${n}: ${breach}`);
    // What is heard of together with a call's coming was decided before it came.
    for (const other of this.in('waiting')) other.passedBy.push(call);
    tell(this.in('inside').length <= this.gate.allowed, 'one too many');
    const own = passedBy.filter((other) => other.objectiveId === objectiveId);
    tell(
      own.every((before) => before.n < n),
      'one of its own objective came later and passed before it',
    );
    const alike = passedBy.filter((other) => other.isBackground === isBackground).length - own.length;
    const mostAlike = (ahead + 1) * others.size;
    tell(alike <= mostAlike, `passed by ${alike} of other objectives, not ${mostAlike}`);
    const unlike = passedBy.length - own.length - alike;
    const turns = ahead + mostAlike + 1;
    const mostUnlike = isBackground ? turns * MOST_IN_A_ROW : Math.ceil(turns / MOST_IN_A_ROW);
    tell(unlike <= mostUnlike, `passed by ${unlike} of the other class, not ${mostUnlike}`);
  }
}

const place = fc.nat(100);
const outcome = fc.constantFrom<Outcome>('answered', 'answered', 'other', 'limited');
const objective = fc.nat(OBJECTIVES.length - 1);
/** Each is done at once: what is let go is not heard of before somebody comes. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ come: fc.array(objective, { minLength: 1, maxLength: 5 }) }) },
  { weight: 5, arbitrary: fc.record({ leave: place, outcome, come: fc.array(objective, { maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ abort: place, leave: place, outcome }) },
);
type Step = Partial<{ abort: number; leave: number; outcome: Outcome; come: number[] }>;

function take(watched: Watched, { abort, leave, outcome = 'answered', come = [] }: Step): void {
  const one = (calls: Call[], at: number | undefined) => (at === undefined ? undefined : calls[at % calls.length]);
  one(watched.in('waiting'), abort)?.abort();
  const leaving = one(watched.in('inside'), leave);
  if (leaving) {
    leaving.state = 'left';
    leaving.leave(outcome, 0);
  }
  for (const objective of come) watched.come(objective);
}

test('nobody waits behind a backlog of another, passes before its turn, waits for ever, or passes after it has gone', async () => {
  const steps = fc.array<Step>(step, { minLength: 20, maxLength: 120 });
  const property = fc.asyncProperty(fc.integer({ min: 1, max: MOST_ALLOWED }), steps, async (most, taken) => {
    const watched = new Watched(most);
    for (const one of taken) {
      take(watched, one);
      await watched.settle();
    }
    while (watched.in('inside').length > 0) {
      take(watched, { leave: 0 });
      await watched.settle();
    }
    expect(watched.in('left', 'aborted')).toHaveLength(watched.calls.length);
  });
  await fc.assert(property, { numRuns: 300 });
});
