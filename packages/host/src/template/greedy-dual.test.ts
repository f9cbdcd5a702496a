import { describe, expect, it } from "vitest";
import { GreedyDual } from "./greedy-dual.ts";

const mib = 2 ** 20;

function ranking(uses: Readonly<Record<string, { uses: number; savedMs: number; mib: number }>>): GreedyDual<string> {
  const items = new GreedyDual<string>();
  for (const [key, each] of Object.entries(uses)) {
    for (let count = 0; count < each.uses; count++) items.use(key, { savedMs: each.savedMs, bytes: each.mib * mib });
  }
  return items;
}

describe("GreedyDual", () => {
  it.each<[name: string, given: Parameters<typeof ranking>[0], order: string]>([
    ["what is used less", { a: { uses: 2, savedMs: 100, mib: 40 }, b: { uses: 1, savedMs: 100, mib: 40 } }, "b a"],
    ["what is larger", { a: { uses: 1, savedMs: 100, mib: 40 }, b: { uses: 1, savedMs: 100, mib: 90 } }, "b a"],
    ["what saves less", { a: { uses: 1, savedMs: 50, mib: 40 }, b: { uses: 1, savedMs: 100, mib: 40 } }, "a b"],
    [
      "by all of it",
      {
        a: { uses: 2, savedMs: 200, mib: 40 },
        b: { uses: 1, savedMs: 400, mib: 80 },
        c: { uses: 1, savedMs: 280, mib: 40 },
      },
      "b c a",
    ],
  ])("gives up first %s", (_name, given, order) => {
    expect(ranking(given).ranked().join(" ")).toBe(order);
  });

  it("lets what was used much long ago fall behind what is used now", () => {
    const items = ranking({ old: { uses: 3, savedMs: 100, mib: 10 } });
    for (let round = 0; round < 8; round++) {
      items.use(`new${round}`, { savedMs: 100, bytes: 10 * mib });
      if (items.ranked().length > 2) items.shift();
    }
    expect(items.has("old")).toBe(false);
  });

  it("adds up sizes, and forgets what is gone", () => {
    const items = ranking({ a: { uses: 3, savedMs: 100, mib: 40 }, b: { uses: 1, savedMs: 100, mib: 10 } });
    expect(items.bytes).toBe(50 * mib);
    items.resize("b", 20 * mib);
    expect(items.bytes).toBe(60 * mib);
    items.delete("a");
    expect(items.shift()).toBe("b");
    expect(items.shift()).toBe(null);
    expect(items.bytes).toBe(0);
  });

  it("knows what one that comes now would stand above", () => {
    const items = ranking({ a: { uses: 3, savedMs: 100, mib: 40 }, b: { uses: 1, savedMs: 100, mib: 40 } });
    expect(items.below({ savedMs: 200, bytes: 40 * mib })).toEqual(["b"]);
    expect(items.below({ savedMs: 10, bytes: 40 * mib })).toEqual([]);
  });
});
