/** One row of a table as its parser leaves it. */
export interface Row {
  /** The physical line on which it begins, from 1. */
  line: number;
  /** The line that names its columns: the header, the first row where there is none, or the row itself. */
  namedAt: number;
  /** Does every row have the same ones? */
  areColumnsShared: boolean;
  /** By column. Text where the format knows nothing else. */
  cells: Record<string, unknown>;
}

export const tooLong = (bytes: number): string =>
  `longer than ${bytes.toLocaleString('en')} bytes, which is the most that one item may have`;
