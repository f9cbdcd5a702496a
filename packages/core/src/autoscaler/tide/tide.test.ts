import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "../config.ts";
import type { Observations } from "../observations.ts";
import type { Decision } from "../policy/policy.ts";
import { Scaler } from "../policy/scaler.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10, maxInstances: 50 };

/** A scaler whose wishes come true at once. */
class World {
  readonly scaler: Scaler;
  now = 0;
  load = 0;
  startMs = 200;
  decision: Decision | null = null;
  #instances = 0;

  constructor(change: Partial<AutoscalerConfig> = {}) {
    this.scaler = new Scaler({ ...config, ...change });
  }

  at(now: number, load: number): Decision {
    this.now = now;
    this.load = load;
    return this.decide();
  }

  decide(): Decision {
    const room = this.#instances * 10;
    const inFlight = Math.min(this.load, room);
    this.scaler.record(this.now, inFlight, this.load - inFlight);
    const frozen = Math.min(this.decision?.frozen ?? 0, this.#instances);
    const observations: Observations = {
      inFlight,
      queued: this.load - inFlight,
      ready: this.#instances - frozen,
      starting: 0,
      frozen,
      startMs: this.startMs,
      metrics: null,
    };
    this.decision = this.scaler.decide(observations, this.now);
    this.#instances = this.decision.desired;
    return this.decision;
  }

  /** Decides whenever the decisions themselves say, until then. */
  passUntil(until: number): Decision {
    let last = this.decide();
    while (last.nextAt !== null && last.nextAt <= until) last = this.at(last.nextAt, this.load);
    return this.at(until, this.load);
  }

  /** A burst of so many for half a second; then nothing until `until`. */
  burst(at: number, size: number, until: number): void {
    this.at(at, size);
    this.at(at + 500, 0);
    this.passUntil(until);
  }
}

describe("tide", () => {
  it("wants nothing before the first invocation, and asks for no timer", () => {
    expect(new World().at(0, 0)).toMatchObject({ desired: 0, frozen: 0, nextAt: null, decideAbove: 0 });
  });

  it("keeps surplus for ten starts, then the last one for the idle timeout, frozen after 5 s", () => {
    const world = new World();
    expect(world.at(0, 30).desired).toBe(3);
    world.at(500, 0);
    expect(world.passUntil(1_900)).toMatchObject({ desired: 3, reason: { code: "keep" } });
    expect(world.passUntil(2_500)).toMatchObject({ desired: 1, frozen: 0, reason: { code: "last" } });
    expect(world.passUntil(6_000)).toMatchObject({ desired: 1, frozen: 1 });
    expect(world.passUntil(30_499)).toMatchObject({ desired: 1 });
    expect(world.passUntil(30_500)).toMatchObject({
      desired: 0,
      nextAt: null,
      reason: { code: "idle", idleMs: 30_000 },
    });
  });

  it.each([
    ["quick", 20, 2_000],
    ["slow", 1_000, 10_000],
    ["slower", 2_500, 25_000],
  ])("keeps surplus by what a start costs: %s", (_name, startMs, keepMs) => {
    const world = new World();
    world.startMs = startMs;
    world.at(0, 30);
    world.at(100, 0);
    expect(world.passUntil(keepMs - 1).desired).toBe(3);
    expect(world.passUntil(keepMs + 101).desired).toBe(1);
  });

  it("keeps surplus for as long as one invocation takes, and for the scale-down delay", () => {
    const long = new World();
    long.at(0, 30);
    long.passUntil(20_000);
    long.at(20_001, 0);
    expect(long.passUntil(35_000).desired).toBeGreaterThanOrEqual(3);
    expect(long.passUntil(49_000).desired).toBe(1);
    const delayed = new World({ scaleDownDelayMs: 20_000 });
    delayed.at(0, 30);
    delayed.at(100, 0);
    expect(delayed.passUntil(19_000).desired).toBe(3);
    expect(delayed.passUntil(20_101).desired).toBe(1);
  });

  it("lets the idle timeout win over all that keeps instances", () => {
    const world = new World({ scaleDownDelayMs: 60_000, idleTimeoutMs: 2_000 });
    world.startMs = 5_000;
    world.at(0, 30);
    world.at(100, 0);
    expect(world.passUntil(2_099).desired).toBe(3);
    expect(world.passUntil(2_100)).toMatchObject({ desired: 0, nextAt: null });
  });

  it("keeps none in pauses that are all too long for it", () => {
    const world = new World();
    for (let minute = 0; minute < 30; minute += 3)
      world.burst(minute * 60_000 + (minute % 2) * 40_000, 1, (minute + 2) * 60_000);
    world.burst(3_600_000, 1, 3_602_000);
    expect(world.decision).toMatchObject({ desired: 0 });
  });

  it("keeps the last one through pauses that it bridges", () => {
    const world = new World();
    for (let index = 0; index < 20; index += 1)
      world.burst(index * 13_000 + (index % 3) * 2_000, 1, index * 13_000 + 12_500);
    expect(world.decision).toMatchObject({ desired: 1, reason: { code: "last" } });
  });

  it("prepares for what comes by rhythm, and gives up when it does not", () => {
    const world = new World();
    for (let index = 0; index < 5; index += 1) world.burst(index * 300_000, 40, index * 300_000 + 290_000);
    const before = world.passUntil(1_499_500);
    expect(before).toMatchObject({ desired: 0, nextAt: 1_499_600 });
    expect(world.passUntil(1_499_600)).toMatchObject({
      desired: 4,
      frozen: 0,
      reason: { code: "prewarm", instances: 4 },
    });
    expect(world.passUntil(1_510_000)).toMatchObject({ desired: 0, nextAt: null });
  });

  it("does not prepare for what comes too vaguely for its idle timeout", () => {
    const world = new World({ idleTimeoutMs: 400 });
    for (let index = 0; index < 5; index += 1) world.burst(index * 300_000, 40, index * 300_000 + 290_000);
    expect(world.passUntil(1_499_900)).toMatchObject({ desired: 0, nextAt: null });
  });

  it("has instances ready when the burst comes", () => {
    const world = new World();
    for (let index = 0; index < 5; index += 1) world.burst(index * 300_000, 40, index * 300_000 + 290_000);
    world.passUntil(1_499_900);
    expect(world.at(1_500_000, 1).desired).toBe(4);
    expect(world.at(1_500_010, 40).desired).toBe(4);
  });

  it("freezes idle ones of the minimum, but not what is provisioned, and nothing where it must not", () => {
    const world = new World({ minInstances: 3, provisioned: 1 });
    expect(world.at(0, 0)).toMatchObject({ desired: 3, frozen: 0, reason: { code: "min" } });
    expect(world.passUntil(6_000)).toMatchObject({ desired: 3, frozen: 2, nextAt: null });
    const warm = new World({ minInstances: 3, freeze: false });
    warm.at(0, 0);
    expect(warm.passUntil(6_000)).toMatchObject({ desired: 3, frozen: 0, nextAt: null });
    expect(new World({ provisioned: 2 }).at(0, 0)).toMatchObject({ desired: 2, frozen: 0 });
  });

  it("wants no more than the maximum, and then cares for no further invocation", () => {
    const world = new World({ maxInstances: 4 });
    expect(world.at(0, 1_000)).toMatchObject({
      desired: 4,
      decideAbove: Infinity,
      reason: { code: "max", maxInstances: 4 },
    });
  });

  it("grows no faster than the rate allows", () => {
    expect(new World({ maxScaleUpRate: 2 }).at(0, 300)).toMatchObject({
      desired: 2,
      reason: { code: "scale-up-rate", wanted: 30 },
    });
  });

  it("keeps the last one for ever if it is to", () => {
    const world = new World({ idleTimeoutMs: Infinity });
    world.at(0, 30);
    world.at(100, 0);
    expect(world.passUntil(1e9)).toMatchObject({
      desired: 1,
      nextAt: null,
      reason: { code: "last", keepMs: Infinity },
    });
  });

  it("looks again while load that goes on may be found to be less", () => {
    const world = new World({ freeze: false });
    world.at(0, 30);
    world.at(1_000, 15);
    const last = world.passUntil(600_000);
    expect(last).toMatchObject({ desired: 2 });
    expect(world.at(600_100, 5).nextAt).toBeLessThanOrEqual(601_100);
  });

  it("remembers the load when its configuration changes", () => {
    const world = new World();
    for (let index = 0; index < 5; index += 1) world.burst(index * 300_000, 40, index * 300_000 + 290_000);
    world.scaler.use({ ...config, maxInstances: 2 });
    expect(world.passUntil(1_499_600)).toMatchObject({ desired: 2, reason: { code: "max", wanted: 4 } });
  });
});
