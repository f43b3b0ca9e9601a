/** Finds runs of lines in a file: exactly first, then more and more forgiving of what models get wrong in lines they repeat. */

/** From strict to lenient: as it is, without trailing space, without any space around, with plain quotes, dashes and spaces. */
const READINGS: ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plain(line).trim(),
];

const plain = (line: string): string =>
  line
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u2018-\u201B]/g, "'")
    .replace(/[\u201C-\u201F]/g, '"')
    .replace(/[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g, ' ');

/** Lines as one reading sees them, and where each of them stands. */
interface Index {
  lines: string[];
  places: Map<string, number[]>;
}

export class Seeker {
  readonly lines: string[];
  readonly #indexes: (Index | undefined)[] = [];

  constructor(lines: string[]) {
    this.lines = lines;
  }

  /** Where the run starts first, not before `from`; by the strictest reading that finds it there. */
  first(run: string[], from: number): number | null {
    return this.#find(run, (at) => at >= from, 1)[0] ?? null;
  }

  /** The first two places of the run, by the strictest reading that finds any, not before `from`: enough to know whether it is the only one. */
  firstTwo(run: string[], from: number): number[] {
    return this.#find(run, (at) => at >= from, 2);
  }

  /** Where the run starts if it ends the file. */
  last(run: string[], from: number): number | null {
    const only = this.lines.length - run.length;
    return this.#find(run, (at) => at === only && at >= from, 1)[0] ?? null;
  }

  /** The line that starts with `text`, spaces around aside. */
  startingWith(text: string, from: number): number | null {
    const at = this.lines.findIndex((line, index) => index >= from && line.trim().startsWith(text.trim()));
    return at < 0 ? null : at;
  }

  /** Where most lines of the run stand in their order, leniently read, and how many; null where not even one does. */
  closest(run: string[]): { at: number; equal: number } | null {
    const votes = new Map<number, number>();
    const { reading, index } = this.#reading(READINGS.length - 1);
    run.forEach((line, offset) => {
      const places = reading(line) === '' ? [] : (index.places.get(reading(line)) ?? []);
      for (const place of places.slice(0, MOST_PLACES)) votes.set(place - offset, (votes.get(place - offset) ?? 0) + 1);
    });
    let best: { at: number; equal: number } | null = null;
    for (const [at, equal] of votes) if (equal > (best?.equal ?? 0)) best = { at, equal };
    return best;
  }

  #find(run: string[], fits: (at: number) => boolean, most: number): number[] {
    for (let level = 0; level < READINGS.length; level += 1) {
      const { reading, index } = this.#reading(level);
      const found = placesOf(run.map(reading), index).filter(fits).take(most).toArray();
      if (found.length > 0) return found;
    }
    return [];
  }

  #reading(level: number): { reading: (line: string) => string; index: Index } {
    const reading = READINGS[level] ?? plain;
    const index = (this.#indexes[level] ??= indexOf(this.lines.map(reading)));
    return { reading, index };
  }
}

/** A line that stands in more places than this says little about where a run belongs. */
const MOST_PLACES = 1000;

function indexOf(lines: string[]): Index {
  const places = new Map<string, number[]>();
  lines.forEach((line, at) => {
    const known = places.get(line);
    if (known) known.push(at);
    else places.set(line, [at]);
  });
  return { lines, places };
}

/** One after the other. Looks only around the rarest line of the run, so that a patch of many hunks in a long file stays cheap. */
function* placesOf(run: string[], { lines, places }: Index): Generator<number> {
  let rarest: { offset: number; places: number[] } | null = null;
  for (const [offset, line] of run.entries()) {
    const of = places.get(line);
    if (!of) return;
    if (!rarest || of.length < rarest.places.length) rarest = { offset, places: of };
  }
  for (const place of rarest?.places ?? []) {
    const at = place - (rarest?.offset ?? 0);
    if (at >= 0 && run.every((line, index) => lines[at + index] === line)) yield at;
  }
}
