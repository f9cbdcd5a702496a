import type { ShapeName } from "../platform/shape.ts";
import type { Row } from "../run/run-table.ts";
import { losses } from "./losses.ts";

/** Lists losses that no case shows, by shape: what is listed has to occur. */
export function staleLosses(rows: readonly Row[], shapes: readonly ShapeName[]): string[] {
  const seen = new Set<string>();
  for (const { cells } of rows) {
    for (const [shape, cell] of cells) {
      if (cell.verdict === "listed") for (const name of cell.losses) seen.add(`${shape}: ${name}`);
    }
  }
  return losses.flatMap((loss) =>
    loss.shapes
      .filter((shape) => shapes.includes(shape))
      .map((shape) => `${shape}: ${loss.name}`)
      .filter((key) => !seen.has(key)),
  );
}
