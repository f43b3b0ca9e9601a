/** How much may pass between a pod and the world over its whole life, in each direction. */
import { Transform } from 'node:stream';

/** Bytes. Up is what leaves the pod. */
export interface Traffic {
  up: number;
  down: number;
}

export class TrafficExceeded extends Error {
  override readonly name = 'TrafficExceeded';
}

export class Meter {
  private readonly left: Traffic;
  private readonly caps: Traffic;

  constructor(caps: Traffic) {
    this.caps = caps;
    this.left = { ...caps };
  }

  /** Throws `TrafficExceeded`, and from then on whenever it is asked. */
  assertLeft(): void {
    for (const direction of ['up', 'down'] as const) {
      if (this.left[direction] < 0) throw this.exceeded(direction);
    }
  }

  /** Adds to `passed` what may pass. Throws `TrafficExceeded` where it may not. */
  count(direction: keyof Traffic, bytes: number, passed: Traffic): void {
    this.left[direction] -= bytes;
    if (this.left[direction] < 0) throw this.exceeded(direction);
    passed[direction] += bytes;
  }

  stream(direction: keyof Traffic, passed: Traffic): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        try {
          this.count(direction, chunk.length, passed);
          done(null, chunk);
        } catch (error) {
          done(error as Error);
        }
      },
    });
  }

  private exceeded(direction: keyof Traffic): TrafficExceeded {
    const what = direction === 'up' ? 'were to leave' : 'came into';
    return new TrafficExceeded(`More than the ${this.caps[direction]} bytes that are allowed ${what} this pod`);
  }
}
