import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { staleLosses } from "./src/compare/stale-losses.ts";
import { shapes } from "./src/platform/shapes.ts";
import { DOCUMENT, writeDocument } from "./src/report/document.ts";
import { loadCases } from "./src/run/load-cases.ts";
import { runTable } from "./src/run/run-table.ts";

describe("parity", () => {
  test("every case is equal in every shape, but for what docs/parity.md lists", { timeout: 180_000 }, async () => {
    const rows = await runTable(await loadCases(), shapes);
    const differing = rows.flatMap(({ name, cells }) =>
      [...cells].flatMap(([shape, cell]) =>
        cell.verdict === "differs" ? [`${name} through ${shape}:\n${cell.difference.join("\n")}`] : [],
      ),
    );
    expect(differing).toEqual([]);
    const names = shapes.map(({ name }) => name);
    expect(staleLosses(rows, names)).toEqual([]);
    expect(readFileSync(DOCUMENT, "utf8"), "run `pnpm parity --write`").toBe(writeDocument(rows));
  });
});
