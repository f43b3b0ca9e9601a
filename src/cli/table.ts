/** Rows of cells as lines of a width. What is put in is shown as it is: escape what comes from outside before, so that it takes the room it is given. */
export const GAP = 2;

/** The first row holds the heads; columns named in `numbers` are set to the right. */
export function tableRows(rows: string[][], numbers: string[], width: number): string[] {
  const [heads = []] = rows;
  const widths = fitted(
    heads.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))),
    width,
  );
  const isNumber = heads.map((head) => numbers.includes(head));
  return rows.map((cells) => cut(rowText(cells, widths, isNumber), width));
}

/** The widest columns give way until the row fits, down to a few characters. */
function fitted(widths: number[], most: number): number[] {
  const narrowed = [...widths];
  const total = (): number => narrowed.reduce((sum, each) => sum + each + GAP, -GAP);
  for (let widest = Math.max(...narrowed); total() > most && widest > 4; widest = Math.max(...narrowed)) {
    narrowed[narrowed.indexOf(widest)] = widest - 1;
  }
  return narrowed;
}

const rowText = (cells: string[], widths: number[], isNumber: boolean[]): string =>
  cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumber[column] ? cut(cell, width).padStart(width) : cut(cell, width).padEnd(width);
    })
    .join(' '.repeat(GAP))
    .trimEnd();

export const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
