/** Things by their id: in memory, and in a table where there is a state folder. What was put is on disk when `put` returns. */
export interface Backing {
  load: () => Iterable<[id: string, json: string]>;
  put: (id: string, json: string) => void;
  delete: (id: string) => void;
}

export class Shelf<Thing> {
  readonly #things = new Map<string, Thing>();
  readonly #backing: Backing | null;

  constructor(backing: Backing | null = null) {
    this.#backing = backing;
    for (const [id, json] of backing?.load() ?? []) this.#things.set(id, JSON.parse(json) as Thing);
  }

  get(id: string): Thing | undefined {
    return this.#things.get(id);
  }

  has(id: string): boolean {
    return this.#things.has(id);
  }

  put(id: string, thing: Thing): void {
    this.#things.set(id, thing);
    this.#backing?.put(id, JSON.stringify(thing));
  }

  delete(id: string): boolean {
    this.#backing?.delete(id);
    return this.#things.delete(id);
  }

  /** In the order in which they were first put. */
  entries(): [id: string, thing: Thing][] {
    return [...this.#things];
  }
}
