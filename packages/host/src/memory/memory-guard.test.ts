import type { InstanceState } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import type { Instance } from "../instance/instance.ts";
import { MemoryGuard, type WatchedFunction, type WatchedTemplate } from "./memory-guard.ts";

const mib = 2 ** 20;

class FakeInstance {
  readonly name: string;
  readonly ownBytes: number | null;
  readonly lastUsedAt: number;
  state: InstanceState;

  constructor(name: string, ownBytes: number | null, state: InstanceState = "ready", lastUsedAt = 0) {
    this.name = name;
    this.ownBytes = ownBytes;
    this.state = state;
    this.lastUsedAt = lastUsedAt;
  }
  async drain(): Promise<void> {
    this.state = "draining";
  }
}

interface Watched extends WatchedFunction {
  readonly list: FakeInstance[];
  readonly rooms: () => number;
}

function fn(name: string, list: FakeInstance[], change: Partial<WatchedFunction> = {}): Watched {
  let rooms = 0;
  const live = (): FakeInstance[] => list.filter(({ state }) => state !== "stopped");
  return {
    name,
    list,
    kept: 0,
    requests: 0,
    queued: 0,
    instances: () => live() as unknown as Instance[],
    idle: () => live().filter(({ state }) => state === "ready" || state === "frozen") as unknown as Instance[],
    onRoom: () => {
      rooms++;
    },
    rooms: () => rooms,
    ...change,
  };
}

/** A guard whose limit leaves so much beside this process itself. */
function guardOf(functions: readonly WatchedFunction[], roomMib: number): { guard: MemoryGuard; problems: string[] } {
  const problems: string[] = [];
  const limitBytes = process.memoryUsage.rss() + roomMib * mib;
  const guard = new MemoryGuard({
    limitBytes: () => limitBytes,
    functions: () => functions,
    onProblem: (_code, message) => problems.push(message),
    readSystem: () => ({ totalBytes: 64 * 2 ** 30, availableBytes: 32 * 2 ** 30 }),
  });
  return { guard, problems };
}

describe("MemoryGuard", () => {
  it("does nothing while there is enough", () => {
    const a = fn("a", [new FakeInstance("a1", 60 * mib)]);
    const { guard, problems } = guardOf([a], 4_000);
    guard.look();
    expect(guard).toMatchObject({ canStart: true, isTight: false, canServe: true });
    expect(a.list[0]?.state).toBe("ready");
    expect(problems).toEqual([]);
  });

  it("near the limit ends idle instances, tells so once, and starts none for which there is no room", () => {
    const a = fn("a", [new FakeInstance("a1", 900 * mib), new FakeInstance("a2", 900 * mib, "frozen")]);
    const { guard, problems } = guardOf([a], 1_850);
    guard.look();
    guard.look();
    expect(a.list.map(({ state }) => state)).toEqual(["ready", "draining"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^Memory is short: \d+ of \d+ MiB are in use; idle instances are stopped$/);
    expect(guard.canStart).toBe(false);
  });

  it("makes room for an instance that is wanted, and says when there is some", () => {
    const a = fn("a", [new FakeInstance("a1", 300 * mib)]);
    const b = fn("b", [], { queued: 1 });
    const { guard } = guardOf([a, b], 400);
    guard.look();
    expect(guard).toMatchObject({ canStart: false, isTight: false });
    // What waits for an instance that there is no room for is seen when memory is looked at.
    guard.look();
    expect(a.list[0]?.state).toBe("draining");
    expect(guard.makeRoom()).toBe(true);
    expect(b.rooms()).toBe(0);
    for (const instance of a.list) instance.state = "stopped";
    guard.look();
    expect(guard.canStart).toBe(true);
    expect(b.rooms()).toBe(1);
  });

  it("has nothing to promise where nothing idles", () => {
    const { guard } = guardOf([fn("a", [])], 10);
    guard.look();
    expect(guard.canStart).toBe(false);
    expect(guard.makeRoom()).toBe(false);
  });

  it("counts what the machine lacks as used", () => {
    const guard = new MemoryGuard({
      limitBytes: () => null,
      functions: () => [],
      onProblem: () => {},
      readSystem: () => ({ totalBytes: 64 * 2 ** 30, availableBytes: 2 ** 30 }),
    });
    guard.look();
    expect(guard).toMatchObject({ canStart: false, isTight: true });
  });

  it("does not mind pages that instances share: all of them use no more than is in use", () => {
    const many = Array.from({ length: 100 }, (_, index) => new FakeInstance(`a${index}`, 90 * mib));
    const guard = new MemoryGuard({
      limitBytes: () => 8_000 * mib,
      functions: () => [fn("a", many)],
      onProblem: () => {},
      readSystem: () => ({ totalBytes: 16_000 * mib, availableBytes: 11_000 * mib }),
    });
    guard.look();
    expect(guard).toMatchObject({ canStart: true, isTight: false });
    expect(many.every(({ state }) => state === "ready")).toBe(true);
  });

  it("where the machine lacks memory, ends no more instances than it must while those it ended are going", () => {
    const list = Array.from({ length: 10 }, (_, index) => new FakeInstance(`a${index}`, 500 * mib));
    const guard = new MemoryGuard({
      limitBytes: () => 10_000 * mib,
      functions: () => [fn("a", list)],
      onProblem: () => {},
      readSystem: () => ({ totalBytes: 16_000 * mib, availableBytes: 1_200 * mib }),
    });
    const leaving = (): number => list.filter(({ state }) => state === "draining").length;
    guard.look();
    const first = leaving();
    expect(first).toBeGreaterThan(0);
    guard.look();
    guard.look();
    expect(leaving()).toBe(first);
  });

  it("says when instances may be kept again that were not while memory was tight", () => {
    const a = fn("a", [new FakeInstance("a1", 900 * mib)], { kept: 2 });
    const { guard } = guardOf([a], 960);
    guard.look();
    expect(guard.isTight).toBe(true);
    expect(a.rooms()).toBe(0);
    for (const instance of a.list) instance.state = "stopped";
    guard.look();
    expect(guard).toMatchObject({ canStart: true, isTight: false });
    expect(a.rooms()).toBe(1);
    guard.look();
    expect(a.rooms()).toBe(1);
  });

  it("counts templates, and has those go first that were not used for a minute", () => {
    const dropped: string[] = [];
    const template = (name: string, lastUsedAt: number): WatchedTemplate => ({
      name,
      bytes: 100 * mib,
      lastUsedAt,
      drop: (reason) => dropped.push(`${name}: ${reason}`),
    });
    const now = performance.now();
    const a = fn("a", [new FakeInstance("a1", 650 * mib)]);
    const guard = new MemoryGuard({
      limitBytes: () => process.memoryUsage.rss() + 950 * mib,
      functions: () => [a],
      templates: () => [template("used", now), template("old", now - 61_000), template("a", now - 90_000)],
      onProblem: () => {},
      readSystem: () => ({ totalBytes: 64 * 2 ** 30, availableBytes: 32 * 2 ** 30 }),
    });
    guard.look();
    expect(guard.isTight).toBe(true);
    expect(dropped).toEqual(["old: memory is short", "a: memory is short"]);
    expect(a.list[0]?.state).toBe("ready");
    expect(guard.usedPart).toBeGreaterThan(0.95);
  });

  it("can be stopped before it was started, and twice", () => {
    const { guard } = guardOf([], 100);
    guard.stop();
    guard.start();
    guard.start();
    guard.stop();
    guard.stop();
  });
});
