import { expect, it } from "vitest";
import { ResetBudget } from "./reset-budget.ts";

it("ResetBudget bears 500 resets at once and 100 a second, and no more", () => {
  const budget = new ResetBudget();
  const spend = (count: number, now: number): number =>
    Array.from({ length: count }, () => budget.spend(now)).filter((isFine) => isFine).length;
  expect(spend(600, 1_000_000)).toBe(500);
  const steady = new ResetBudget();
  for (let second = 0; second < 100; second++) {
    for (let count = 0; count < 100; count++) expect(steady.spend(second * 1_000 + count * 10)).toBe(true);
  }
});
