import { describe, expect, it } from "vitest";
import { formatCell, formatTable } from "./number-table.ts";

describe("formatTable", () => {
  it("draws the table of its docstring", () => {
    const table = formatTable(
      ["peer", "req/s"],
      [
        ["undici", 26031.4],
        ["http-proxy", 11020],
      ],
    );
    expect(table.split("\n")).toEqual([
      "peer         req/s",
      "----------  ------",
      "undici      26,031",
      "http-proxy  11,020",
    ]);
  });

  it("draws headings without rows", () => {
    expect(formatTable(["a", "bc"], [])).toBe("a  bc\n-  --");
  });

  it("fills missing cells and aligns mixed columns left", () => {
    expect(formatTable(["a", "b"], [[1, "x"], ["yy"]]).split("\n")).toEqual(["a   b", "--  -", "1   x", "yy"]);
  });
});

it.each<[cell: string | number, text: string]>([
  ["text", "text"],
  [0, "0"],
  [0.123456, "0.123"],
  [12.345, "12.3"],
  [1234.5, "1,235"],
  [1_000_000, "1,000,000"],
  [Number.NaN, "-"],
])("formatCell writes %s as %s", (cell, text) => {
  expect(formatCell(cell)).toBe(text);
});
