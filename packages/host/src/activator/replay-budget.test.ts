import { expect, it } from "vitest";
import { ReplayBudget } from "./replay-budget.ts";

function replays(budget: ReplayBudget, now: number, concurrency: number): number {
  let count = 0;
  while (count < 10_000 && budget.take(now, concurrency)) count++;
  return count;
}

it("covers what one instance has in flight, and a fifth of the requests of the last 10 s", () => {
  const budget = new ReplayBudget();
  expect(replays(budget, 5, 8)).toBe(8);
  for (let count = 0; count < 1_000; count++) budget.countRequest(1_000);
  expect(replays(budget, 1_000, 8)).toBe(200);
});

it("is there again 10 s later", () => {
  const budget = new ReplayBudget();
  expect(replays(budget, 100, 3)).toBe(3);
  expect(replays(budget, 9_900, 3)).toBe(0);
  expect(replays(budget, 10_100, 3)).toBe(3);
});

it("forgets requests as well", () => {
  const budget = new ReplayBudget();
  for (let count = 0; count < 1_000; count++) budget.countRequest(1_000);
  expect(replays(budget, 60_000, 1)).toBe(1);
});
