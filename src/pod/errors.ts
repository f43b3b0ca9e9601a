/** How pods, and asking one for something, can end badly. */
import type { PodEnd } from './pod.ts';

/** What was asked for can't be done; the message is for the model. */
export class PodRefusal extends Error {
  override readonly name = 'PodRefusal';
}

/** What an operator has set is why there is no pod. */
export class PodSettingWrong extends Error {
  override readonly name = 'PodSettingWrong';
  readonly reason: string;
  readonly fix: string;

  constructor(reason: string, fix: string) {
    super(`${reason} ${fix}`);
    this.reason = reason;
    this.fix = fix;
  }
}

/** The pod is gone, and with it everything that ran in it. Its workspace folder is as it was left. */
export class PodLost extends Error {
  override readonly name = 'PodLost';
  readonly end: PodEnd;

  constructor(end: PodEnd) {
    super(`The pod is gone (${end.reason}): ${end.detail}`);
    this.end = end;
  }
}
