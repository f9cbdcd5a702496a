import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StartPermits } from "../instance/start-permits.ts";
import type { Worth } from "./greedy-dual.ts";
import { type StoredTemplate, TemplateStore, type TemplateStoreOptions } from "./template-store.ts";

const mib = 2 ** 20;
const never = new AbortController().signal;

/** A template of so many MiB that saves so many milliseconds; what happens to it is written down. */
class FakeStored implements StoredTemplate {
  lastUsedAt: number = performance.now();
  dropped: string | null = null;
  reclaims = 0;
  builds = 0;
  hangs = false;
  readonly name: string;
  readonly #mib: number;
  readonly #savedMs: number;
  readonly #store: TemplateStore;
  /** Whether it was built once. */
  isKnown = false;

  constructor(store: TemplateStore, name: string, size: number, savedMs = 100) {
    this.#store = store;
    this.name = name;
    this.#mib = size;
    this.#savedMs = savedMs;
  }

  async build(): Promise<void> {
    this.builds++;
    if (this.hangs) await new Promise(() => {});
    this.park();
  }

  park(): void {
    this.isKnown = true;
    this.dropped = null;
    this.lastUsedAt = performance.now();
    this.#store.onParked(this, this.#worth());
  }

  use(): void {
    this.lastUsedAt = performance.now();
    this.#store.onUsed(this, this.#worth());
  }

  worth(): Worth | null {
    return this.isKnown ? this.#worth() : null;
  }

  async measure(): Promise<number> {
    return this.#mib * mib;
  }

  reclaim(): void {
    this.reclaims++;
  }

  drop(reason: string): void {
    this.dropped = reason;
    this.#store.remove(this);
  }

  #worth(): Worth {
    return { savedMs: this.#savedMs, bytes: this.#mib * mib };
  }
}

function createStore(budgetMib: number, options: TemplateStoreOptions = {}): TemplateStore {
  return new TemplateStore({ permits: new StartPermits(2), budgetBytes: () => budgetMib * mib, ...options });
}

describe("TemplateStore", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("builds what is wanted, one after another, while nothing starts", async () => {
    const permits = new StartPermits(1);
    const store = createStore(100, { permits });
    const [one, other] = [new FakeStored(store, "one", 10), new FakeStored(store, "other", 10)];
    const release = await permits.acquire("app", never);
    store.want(one);
    store.want(other);
    store.want(one);
    expect([one.builds, other.builds]).toEqual([0, 0]);
    release?.();
    await vi.waitFor(() => expect([one.builds, other.builds]).toEqual([1, 1]));
    await vi.waitFor(() => expect(permits.taken).toBe(0));
  });

  it("begins the next one when one hangs", async () => {
    vi.useFakeTimers();
    const store = createStore(100);
    const [stuck, other] = [new FakeStored(store, "stuck", 10), new FakeStored(store, "other", 10)];
    stuck.hangs = true;
    store.want(stuck);
    store.want(other);
    await vi.advanceTimersByTimeAsync(4_000);
    expect([stuck.builds, other.builds]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([stuck.builds, other.builds]).toEqual([1, 1]);
  });

  it("forgets what is not wanted any more", async () => {
    const permits = new StartPermits(1);
    const store = createStore(100, { permits });
    const one = new FakeStored(store, "one", 10);
    const release = await permits.acquire("app", never);
    store.want(one);
    store.unwant(one);
    release?.();
    await Promise.resolve();
    expect(one.builds).toBe(0);
    store.want(one);
    await vi.waitFor(() => expect(one.builds).toBe(1));
  });

  it("has those go that are worth least when they are too many", () => {
    const store = createStore(100);
    const slow = new FakeStored(store, "slow", 40, 400);
    const quick = new FakeStored(store, "quick", 40, 50);
    const large = new FakeStored(store, "large", 60, 300);
    slow.park();
    quick.park();
    large.park();
    expect([slow, quick, large].map(({ dropped }) => dropped)).toEqual([
      null,
      "templates may use 100 MiB together, and others are worth more",
      null,
    ]);
    expect(store.bytes).toBe(100 * mib);
    expect(store.parked().map(({ name, bytes }) => [name, bytes / mib])).toEqual([
      ["large", 60],
      ["slow", 40],
    ]);
  });

  it("keeps nothing that is larger than all memory for templates", () => {
    const store = createStore(100);
    const huge = new FakeStored(store, "huge", 120);
    huge.park();
    expect(huge.dropped).toContain("100 MiB");
    expect(store.hasRoomFor(huge)).toBe(false);
  });

  it("has room in what is left, and in place of what is worth less and was not used for a minute", () => {
    const store = createStore(100);
    const old = new FakeStored(store, "old", 60, 100);
    old.park();
    const small = new FakeStored(store, "small", 40);
    const better = new FakeStored(store, "better", 60, 200);
    const worse = new FakeStored(store, "worse", 60, 50);
    for (const each of [small, better, worse]) each.isKnown = true;
    expect([small, better, worse].map((each) => store.hasRoomFor(each))).toEqual([true, false, false]);
    vi.advanceTimersByTime(61_000);
    expect([better, worse].map((each) => store.hasRoomFor(each))).toEqual([true, false]);
  });

  it("gives the room of an older revision to the newer one, whatever it was worth", () => {
    const store = createStore(60);
    const old = new FakeStored(store, "app", 50, 500);
    old.park();
    old.use();
    const other = new FakeStored(store, "other", 5, 1);
    other.park();
    const next = new FakeStored(store, "app", 50, 100);
    expect(store.hasRoomFor(next)).toBe(true);
    next.park();
    expect([old, other, next].map(({ dropped }) => dropped)).toEqual(["a newer revision has one", null, null]);
  });

  it("tries what was never built while there is any room", () => {
    const store = createStore(50);
    const fresh = new FakeStored(store, "fresh", 40);
    expect(store.hasRoomFor(fresh)).toBe(true);
    new FakeStored(store, "full", 50, 500).park();
    expect(store.hasRoomFor(fresh)).toBe(false);
    expect(createStore(0).hasRoomFor(fresh)).toBe(false);
  });

  it("builds none while memory is short, and says so", async () => {
    const memory = { isThere: false };
    const store = createStore(100, { hasMemory: () => memory.isThere });
    const one = new FakeStored(store, "one", 10);
    store.want(one);
    await vi.waitFor(() => expect(one.dropped).toBe("there is no memory for it"));
    expect(one.builds).toBe(0);
  });

  it("has unused ones give memory back once, where memory is scarce", () => {
    const memory = { isScarce: false };
    const store = createStore(100, { isScarce: () => memory.isScarce });
    const one = new FakeStored(store, "one", 10);
    one.park();
    vi.advanceTimersByTime(70_000);
    expect(one.reclaims).toBe(0);
    memory.isScarce = true;
    vi.advanceTimersByTime(5_000);
    expect(one.reclaims).toBe(1);
    one.use();
    vi.advanceTimersByTime(59_000);
    expect(one.reclaims).toBe(1);
    vi.advanceTimersByTime(5_000);
    expect(one.reclaims).toBe(2);
    store.remove(one);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("heeds a budget that has become smaller", () => {
    const limit = { mib: 100 };
    const store = createStore(0, { budgetBytes: () => limit.mib * mib });
    const one = new FakeStored(store, "one", 40);
    one.park();
    limit.mib = 30;
    vi.advanceTimersByTime(1_000);
    expect(one.dropped).toContain("30 MiB");
  });
});
