/** Every request that reached the stand-in, and every create among them by its call key: what a test compares with the product's own books. */
export interface LoggedRequest {
  method: string;
  path: string;
  /** Of the answer; null while there is none, and where none was sent. */
  status: number | null;
  /** SHA-256 of the body's bytes; null where none was read. */
  digest: string | null;
  at: number;
}

/** A create that was let in: not one with a wrong key, outside the rules or over a limit. */
export interface LoggedCreate {
  /** Counted from 0. */
  n: number;
  callKey: string;
  model: string;
  /** SHA-256 of the request's bytes. */
  digest: string;
  at: number;
  /** How often its key had come before. */
  before: number;
  /** Names the line of a batch that it is; null for a request of its own. */
  line: string | null;
  /** True once tokens were made for it: a provider would bill it. */
  isServed: boolean;
  /** What it was billed for, once it has ended; null before, and for what was cancelled or failed. */
  bill: Bill | null;
}

/** What a provider's invoice would go by. */
export interface Bill {
  model: string;
  /** As it was reported. */
  usage: unknown;
  serviceTier: string;
}

export type NewCreate = Pick<LoggedCreate, 'callKey' | 'model' | 'digest' | 'at' | 'line'>;

/** Keeps what is logged beyond the process; called again when it has changed. */
export type LogKeeper = (create: LoggedCreate) => void;

export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  readonly #creates: LoggedCreate[];
  readonly #keeper: LogKeeper | null;
  readonly #counts = new Map<string, number>();
  readonly #lines = new Map<string, LoggedCreate>();

  constructor(creates: LoggedCreate[] = [], keeper: LogKeeper | null = null) {
    this.#creates = creates;
    this.#keeper = keeper;
    for (const create of creates) this.#index(create);
  }

  addRequest(request: LoggedRequest): void {
    this.#requests.push(request);
  }

  /** A line whose answer was lost with the process that made it is the same create when it is answered again. */
  add(asked: NewCreate): LoggedCreate {
    const known = asked.line === null ? undefined : this.#lines.get(asked.line);
    if (known) return known;
    const create = {
      ...asked,
      n: this.#creates.length,
      before: this.count(asked.callKey),
      isServed: false,
      bill: null,
    };
    this.#creates.push(create);
    this.#index(create);
    this.#keeper?.(create);
    return create;
  }

  /** From here on a provider would bill it. */
  serve(create: LoggedCreate): void {
    create.isServed = true;
    this.#keeper?.(create);
  }

  bill(create: LoggedCreate, bill: Bill): void {
    create.bill = bill;
    this.#keeper?.(create);
  }

  get requests(): readonly LoggedRequest[] {
    return this.#requests;
  }

  get creates(): readonly LoggedCreate[] {
    return this.#creates;
  }

  /** How often this key came. */
  count(callKey: string): number {
    return this.#counts.get(callKey) ?? 0;
  }

  /** Keys that were served more than once. */
  get servedTwice(): string[] {
    const served = new Map<string, number>();
    for (const { callKey, isServed } of this.#creates)
      if (isServed) served.set(callKey, (served.get(callKey) ?? 0) + 1);
    return [...served].filter(([, times]) => times > 1).map(([callKey]) => callKey);
  }

  #index(create: LoggedCreate): void {
    this.#counts.set(create.callKey, this.count(create.callKey) + 1);
    if (create.line != null) this.#lines.set(create.line, create);
  }
}
