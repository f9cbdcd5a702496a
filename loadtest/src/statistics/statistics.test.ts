import { describe, expect, it } from "vitest";
import { median, quantile } from "./quantile.ts";
import { fastestRatio, medianRatio, rotated } from "./ratio.ts";

describe("quantile", () => {
  it.each<[name: string, values: number[], part: number, expected: number]>([
    ["none", [], 0.5, 0],
    ["one", [7], 0.99, 7],
    ["the smallest", [3, 1, 2], 0, 1],
    ["the largest", [3, 1, 2], 1, 3],
    ["the lower middle of an even count", [4, 3, 2, 1], 0.5, 2],
    ["numbers by size, not by text", [100, 20, 3], 0.5, 20],
    ["99 % of a hundred", Array.from({ length: 100 }, (_, index) => index + 1), 0.99, 99],
  ])("takes %s", (_name, values, part, expected) => {
    expect(quantile(values, part)).toBe(expected);
  });
});

describe("median", () => {
  it.each<[values: number[], expected: number]>([
    [[], 0],
    [[5], 5],
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
  ])("of %o is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

it("fastestRatio compares the fastest rounds", () => {
  expect(fastestRatio([20, 11, 30], [22, 40, 25])).toBe(0.5);
});

describe("medianRatio", () => {
  it("compares round by round", () => {
    expect(medianRatio([20, 10, 30], [10, 10, 10])).toBe(2);
    expect(medianRatio([10, 100], [10, 100])).toBe(1);
  });

  it("refuses rounds that only one side ran", () => {
    expect(() => medianRatio([1, 2], [1])).toThrow("Cannot compare rounds: 2 of ours, 1 of theirs");
  });
});

describe("rotated", () => {
  it("begins one place later each round", () => {
    expect([0, 1, 2, 3].map((round) => rotated(["a", "b", "c"], round).join(""))).toEqual(["abc", "bca", "cab", "abc"]);
  });

  it("leaves nothing as it is", () => {
    expect(rotated([], 5)).toEqual([]);
  });
});
