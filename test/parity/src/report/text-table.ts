import type { Shape } from "../platform/shape.ts";
import type { Row } from "../run/run-table.ts";

const MARKS = { equal: "=", listed: "l", differs: "X" } as const;

/** Numbers of cells by verdict. */
export interface Totals {
  readonly equal: number;
  readonly listed: number;
  readonly differs: number;
}

/** Counts the cells of rows by verdict, of one shape or of all. */
export function countCells(rows: readonly Row[], shape?: Shape): Totals {
  const totals = { equal: 0, listed: 0, differs: 0 };
  for (const { cells } of rows) {
    for (const [name, cell] of cells) if (shape === undefined || name === shape.name) totals[cell.verdict] += 1;
  }
  return totals;
}

/** Writes one case with a mark for each shape. */
export function writeRow(row: Row, shapes: readonly Shape[]): string {
  const marks = shapes.map(({ name }) => MARKS[row.cells.get(name)?.verdict ?? "differs"]);
  return `  ${marks.join("  ")}  ${row.name}`;
}

/** Writes the names of the shapes above their columns. */
export function writeHeading(shapes: readonly Shape[]): string {
  return shapes.map(({ title }, index) => `  ${"|  ".repeat(index)}${title}`).join("\n");
}

/** Writes the totals, for each shape and of all. */
export function writeTotals(rows: readonly Row[], shapes: readonly Shape[]): string {
  const line = (name: string, { equal, listed, differs }: Totals): string =>
    `${name.padEnd(46)}${String(equal).padStart(6)} equal${String(listed).padStart(6)} listed${String(differs).padStart(6)} differ`;
  return [
    ...shapes.map((shape) => line(shape.title, countCells(rows, shape))),
    line(`all, ${rows.length} cases`, countCells(rows)),
  ].join("\n");
}
