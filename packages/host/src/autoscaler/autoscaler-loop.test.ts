import { type AutoscalerConfig, autoscalerDefaults } from "@tidegate/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AutoscalerLoop, type ScaledPool } from "./autoscaler-loop.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10 };

/** A pool whose instances start in 100 ms of the test's clock, or fail. */
class FakePool implements ScaledPool {
  ready = 0;
  starting = 0;
  frozen = 0;
  startMs = 100;
  retryAt = 0;
  cpu: number | null = null;
  measured = 0;
  onReady: () => void = () => {};

  metrics() {
    this.measured += 1;
    return { cpu: this.cpu, memoryBytes: null, eventLoopDelayMs: null };
  }

  scaleTo({ desired, frozen }: { desired: number; frozen: number }) {
    if (performance.now() >= this.retryAt) {
      for (; this.ready + this.frozen + this.starting < desired; this.starting += 1) {
        setTimeout(() => {
          this.starting -= 1;
          this.ready += 1;
          this.onReady();
        }, this.startMs);
      }
    }
    for (; this.ready + this.frozen + this.starting > desired && this.ready + this.frozen > 0; ) {
      if (this.frozen > 0) this.frozen -= 1;
      else this.ready -= 1;
    }
    for (; this.frozen < frozen && this.ready > 0; this.frozen += 1) this.ready -= 1;
    for (; this.frozen > frozen; this.frozen -= 1) this.ready += 1;
  }
}

function setUp(change: Partial<AutoscalerConfig> = {}) {
  const load = { inFlight: 0, queued: 0 };
  const pool = new FakePool();
  const scaled: string[] = [];
  const loop = new AutoscalerLoop({ ...config, ...change }, load, pool, (from, to) => scaled.push(`${from}-${to}`));
  pool.onReady = () => {
    load.inFlight += load.queued;
    load.queued = 0;
    loop.decide();
  };
  return { load, pool, scaled, loop };
}

describe("AutoscalerLoop", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      now: Date.parse("2026-03-02T07:59:00Z"),
      toFake: ["setTimeout", "clearTimeout", "performance", "Date"],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("starts an instance at once when a request waits, and none is left an idle timeout later, without a timer", () => {
    const { load, pool, scaled, loop } = setUp();
    loop.decide();
    expect(vi.getTimerCount()).toBe(0);
    load.queued = 1;
    loop.onQueued();
    expect(pool.starting).toBe(1);
    vi.advanceTimersByTime(100);
    expect(load).toEqual({ inFlight: 1, queued: 0 });
    load.inFlight = 0;
    loop.onLoad();
    vi.advanceTimersByTime(29_990);
    expect(pool.ready + pool.frozen).toBe(1);
    vi.advanceTimersByTime(20);
    expect(pool.ready + pool.frozen).toBe(0);
    expect(scaled).toEqual(["0-1", "1-0"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("freezes what is idle, and keeps provisioned ones warm", () => {
    const { pool, loop } = setUp({ minInstances: 3, provisioned: 1 });
    loop.decide();
    vi.advanceTimersByTime(60_000);
    expect(pool).toMatchObject({ ready: 1, frozen: 2 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tries wanted starts again when the pause after failures is over", () => {
    const { pool, loop } = setUp({ minInstances: 1 });
    pool.retryAt = performance.now() + 250;
    loop.decide();
    expect(pool.starting).toBe(0);
    vi.advanceTimersByTime(251);
    expect(pool.starting).toBe(1);
  });

  it("has other bounds while a schedule says so", () => {
    const schedule = [{ cron: "0 8 * * *", timeZone: "UTC", forMs: 600_000, minInstances: 2, maxInstances: null }];
    const { pool, loop } = setUp({ schedule, freeze: false });
    loop.decide();
    expect(pool.starting).toBe(0);
    vi.advanceTimersByTime(61_000);
    expect(pool.ready).toBe(2);
    vi.advanceTimersByTime(570_000);
    expect(pool.ready).toBe(2);
    vi.advanceTimersByTime(60_000);
    expect(pool.ready).toBe(0);
    loop.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("looks at metrics only where one has a target, and scales on it", () => {
    const without = setUp();
    without.load.queued = 1;
    without.loop.onQueued();
    vi.advanceTimersByTime(2_000);
    expect(without.pool.measured).toBe(0);

    const { load, pool, loop } = setUp({ metrics: { cpu: 0.5, memoryBytes: null, eventLoopDelayMs: null } });
    load.queued = 1;
    loop.onQueued();
    vi.advanceTimersByTime(200);
    pool.cpu = 1.4;
    loop.decide();
    expect(pool.ready + pool.starting).toBe(3);
  });

  it("scales the pool of a new revision", () => {
    const { loop } = setUp({ minInstances: 1 });
    const next = new FakePool();
    loop.use(next, { ...config, minInstances: 2 });
    expect(next.starting).toBe(2);
  });

  it("does nothing once stopped", () => {
    const { load, pool, loop } = setUp();
    loop.stop();
    load.queued = 1;
    loop.onQueued();
    expect(pool.starting).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
