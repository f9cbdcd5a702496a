import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { staleLosses } from "./compare/stale-losses.ts";
import { shapes as allShapes, findShape } from "./platform/shapes.ts";
import { DOCUMENT, writeDocument } from "./report/document.ts";
import { countCells, writeHeading, writeRow, writeTotals } from "./report/text-table.ts";
import { loadCases } from "./run/load-cases.ts";
import { type Row, runTable } from "./run/run-table.ts";

const HELP = `Runs every case plain and through each shape, and prints the table.

  =  equal to plain Node, byte for byte
  l  differs exactly as listed in docs/parity.md
  X  differs

--shape NAME   only this shape; may be repeated
--case TEXT    only cases whose name contains this
--write        writes docs/parity.md
`;

const { values } = parseArgs({
  options: {
    shape: { type: "string", multiple: true },
    case: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const shapes = values.shape === undefined ? allShapes : values.shape.map(findShape);
  const text = values.case;
  const groups = (await loadCases()).map((group) => ({
    ...group,
    cases: text === undefined ? group.cases : group.cases.filter(({ name }) => name.includes(text)),
  }));
  const isWhole = text === undefined && values.shape === undefined;
  console.log(writeHeading(shapes));
  const rows = await runTable(groups, shapes, (row) => printRow(row));
  console.log(`\n${writeTotals(rows, shapes)}`);
  const stale = isWhole
    ? staleLosses(
        rows,
        shapes.map(({ name }) => name),
      )
    : [];
  for (const key of stale) console.log(`listed, but no case shows it: ${key}`);
  if (values.write && isWhole) writeFileSync(DOCUMENT, writeDocument(rows));
  return countCells(rows).differs + stale.length === 0 ? 0 : 1;

  function printRow(row: Row): void {
    console.log(writeRow(row, shapes));
    for (const [shape, cell] of row.cells) {
      if (cell.verdict !== "differs") continue;
      console.log(`    ${shape}:\n${cell.difference.map((line) => `      ${line}`).join("\n")}`);
    }
  }
}

process.exitCode = await main();
