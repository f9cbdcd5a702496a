import { describe, expect, it } from "vitest";
import type { RunOptions } from "../command.ts";
import { type BenchPart, runParts } from "./part.ts";

const options: RunOptions = { seconds: null, connections: null, rounds: null, row: null, log: () => {} };

function part(name: string, title: string, rest: Partial<BenchPart> = {}): BenchPart {
  return { name, title, run: async () => ({ rows: [{ name }], ratios: { [`${name}_ratio`]: 2 } }), ...rest };
}

describe("runParts", () => {
  const parts = [part("a", "own"), part("b", "own"), part("c", "other"), part("d", "asked", { isOnRequest: true })];

  it("puts parts of one title into one table, the first one's in front", async () => {
    expect(await runParts(parts, options)).toEqual({
      rows: [{ name: "a" }, { name: "b" }],
      tables: [{ title: "other", rows: [{ name: "c" }] }],
      ratios: { a_ratio: 2, b_ratio: 2, c_ratio: 2 },
      problems: [],
    });
  });

  it("runs the one part that is asked for", async () => {
    const { rows, tables } = await runParts(parts, { ...options, row: "d" });
    expect([rows, tables]).toEqual([[], [{ title: "asked", rows: [{ name: "d" }] }]]);
  });

  it("names the parts there are when it does not know one", async () => {
    await expect(runParts(parts, { ...options, row: "e" })).rejects.toThrow('Cannot run row "e": known are a, b, c, d');
  });

  it("keeps what is wrong of all parts", async () => {
    const bad = part("bad", "own", { run: async () => ({ rows: [], problems: ["too slow"] }) });
    expect((await runParts([...parts, bad], options)).problems).toEqual(["too slow"]);
  });
});
