import { expect, it } from "vitest";
import { createRandom } from "./random.ts";

const draw = (seed: number, stream?: string): number[] => {
  const random = createRandom(seed, stream);
  return Array.from({ length: 20 }, () => random.next());
};

it("createRandom gives the same numbers for the same seed, others for another seed or stream", () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7, "load")).not.toEqual(draw(7, "faults"));
  for (const value of draw(7)) expect(value >= 0 && value < 1).toBe(true);
});

it("Random.whole reaches both ends and nothing else", () => {
  const random = createRandom(1);
  const seen = new Set(Array.from({ length: 200 }, () => random.whole(3, 5)));
  expect([...seen].sort()).toEqual([3, 4, 5]);
});

it("Random.gapMs comes to the rate asked for", () => {
  const random = createRandom(1);
  const gaps = Array.from({ length: 20_000 }, () => random.gapMs(50));
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeCloseTo(20, 0);
});

it("Random.shuffled keeps all items", () => {
  expect(createRandom(1).shuffled([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
});
