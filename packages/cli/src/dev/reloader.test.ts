import { expect, test } from "vitest";
import { createReloader } from "./reloader.ts";

test("createReloader makes one more reload of everything that changes during one", async () => {
  const runs: string[][] = [];
  const gates: (() => void)[] = [];
  const reloader = createReloader(async (files) => {
    runs.push([...files]);
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  await reloader.settled();
  reloader.request(["a"]);
  reloader.request(["b"]);
  reloader.request(["c", "b"]);
  expect(runs).toEqual([["a"]]);
  gates[0]?.();
  await expect.poll(() => runs).toEqual([["a"], ["b", "c"]]);
  gates[1]?.();
  await reloader.settled();
  reloader.request(["d"]);
  expect(runs).toEqual([["a"], ["b", "c"], ["d"]]);
});
