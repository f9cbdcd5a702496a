/** A cell: numbers are aligned right. */
export type Cell = string | number;

/**
 * Draws a table of plain text: columns as wide as their widest cell, two spaces between, numbers to the right.
 *
 * @param columns headings, in order
 * @param rows one cell a column; numbers with three significant digits, from 100 on without fraction
 *
 * @example
 * formatTable(["peer", "req/s"], [["undici", 26031.4], ["http-proxy", 11020]]);
 * // peer         req/s
 * // ----------  ------
 * // undici      26,031
 * // http-proxy  11,020
 */
export function formatTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumeric = columns.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  const texts = [columns, columns.map(() => ""), ...rows.map((row) => row.map(formatCell))];
  const widths = columns.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? "").length)));
  return texts
    .map((row, index) =>
      widths
        .map((width, column) => {
          if (index === 1) return "-".repeat(width);
          const text = row[column] ?? "";
          return isNumeric[column] ? text.padStart(width) : text.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Three significant digits are all that a measurement on a busy machine is worth; from 100 on whole numbers. */
export function formatCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (!Number.isFinite(cell)) return "-";
  const rounded = Math.abs(cell) >= 100 ? Math.round(cell) : Number(cell.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 10 });
}
