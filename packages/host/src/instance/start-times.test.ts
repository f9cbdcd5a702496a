import { expect, test } from "vitest";
import { StartTimes } from "./start-times.ts";

test("StartTimes expects the median of the last starts", () => {
  const times = new StartTimes(250);
  expect(times.expectedMs).toBe(250);
  times.add(100);
  expect(times.expectedMs).toBe(100);
  for (const startMs of [110, 90, 5_000]) times.add(startMs);
  expect(times.expectedMs).toBe(110);
  for (let count = 0; count < 7; count++) times.add(400);
  expect(times.expectedMs).toBe(400);
});
