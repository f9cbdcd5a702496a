import type { Case, CaseGroup } from "../case.ts";
import { type Cell, compareCell, PlainRuns } from "../compare/compare-cell.ts";
import type { Shape, ShapeName } from "../platform/shape.ts";
import { createStaticFolder } from "./static-folder.ts";

/** One case with its cells, in the order of the shapes. */
export interface Row {
  readonly group: string;
  readonly name: string;
  readonly cells: ReadonlyMap<ShapeName, Cell>;
}

async function runRow(group: string, item: Case, shapes: readonly Shape[], folder: string): Promise<Row> {
  const plain = new PlainRuns(item, folder);
  const cells = new Map<ShapeName, Cell>();
  for (const shape of shapes) cells.set(shape.name, await compareCell(item, shape, plain, folder));
  return { group, name: item.name, cells };
}

/**
 * Runs every case through every shape, one after the other: they share the process's frozen clock.
 *
 * @param groups the cases
 * @param shapes the shapes
 * @param onRow takes each row as it is done
 */
export async function runTable(
  groups: readonly CaseGroup[],
  shapes: readonly Shape[],
  onRow: (row: Row) => void = () => {},
): Promise<Row[]> {
  const { folder, remove } = createStaticFolder();
  const rows: Row[] = [];
  const { error, warn } = console;
  // Apps and adapters log the errors that cases are about.
  Object.assign(console, { error: () => {}, warn: () => {} });
  try {
    for (const { title, cases } of groups) {
      for (const item of cases) {
        const row = await runRow(title, item, shapes, folder);
        rows.push(row);
        onRow(row);
      }
    }
  } finally {
    Object.assign(console, { error, warn });
    remove();
  }
  return rows;
}
