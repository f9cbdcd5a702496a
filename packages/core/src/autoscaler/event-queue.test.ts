import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";
import { createRandom } from "./traffic.ts";

describe("EventQueue", () => {
  it("has nothing to give when empty", () => {
    const queue = new EventQueue<string>();
    expect(queue.nextAt).toBe(Infinity);
    expect(queue.take()).toBeUndefined();
  });

  it("gives events of the same time in the order they were added", () => {
    const queue = new EventQueue<string>();
    for (const value of ["a", "b", "c", "d", "e"]) queue.add(5, value);
    queue.add(1, "first");
    expect(queue.nextAt).toBe(1);
    expect(Array.from({ length: 6 }, () => queue.take())).toEqual(["first", "a", "b", "c", "d", "e"]);
  });

  it("gives events by time, also while more are added", () => {
    const random = createRandom(5);
    const queue = new EventQueue<number>();
    let now = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const at = now + Math.floor(random() * 100);
      queue.add(at, at);
      if (random() < 0.6) {
        const taken = queue.take() ?? Number.NaN;
        expect(taken).toBeGreaterThanOrEqual(now);
        now = taken;
      }
    }
    for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
      expect(taken).toBeGreaterThanOrEqual(now);
      now = taken;
    }
  });
});
