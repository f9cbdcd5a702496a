import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "../config.ts";
import { Scaler } from "../policy/scaler.ts";
import { simulate } from "../simulate.ts";
import type { SimulatedInvocation } from "../traffic.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, policy: "kpa", concurrency: 10, maxInstances: 50 };

function burst(size: number, at: number, serviceMs: number): SimulatedInvocation[] {
  return Array.from({ length: size }, () => ({ at, serviceMs }));
}

/** Times at which the wanted number changed, and to what. */
function changes(traffic: Iterable<SimulatedInvocation>, change: Partial<AutoscalerConfig> = {}): [number, number][] {
  const all: [number, number][] = [];
  simulate({ ...config, ...change }, traffic, {
    startMs: 100,
    onDecision: ({ desired }, at) => {
      if ((all.at(-1)?.[1] ?? 0) !== desired) all.push([Math.round(at), desired]);
    },
  });
  return all;
}

describe("kpa", () => {
  it("starts one at once for the first request, and scales to zero when the stable window is empty", () => {
    // reports of the second at 10 s are in the windows until 70 s; ticks come at odd seconds
    const [up, down, ...others] = changes([{ at: 10_200, serviceMs: 50 }]);
    expect(up).toEqual([10_200, 1]);
    expect(down?.[1]).toBe(0);
    expect(down?.[0]).toBeGreaterThanOrEqual(70_000);
    expect(down?.[0]).toBeLessThanOrEqual(73_000);
    expect(others).toEqual([]);
  });

  it("follows a burst at the next tick, and holds what it wanted for a stable window", () => {
    const all = changes(burst(140, 10_000, 5_000));
    expect(all[0]).toEqual([10_000, 1]);
    expect(all[1]?.[0]).toBe(11_000);
    // the first report told of 1 only: (1 + 5 * 140) / 6 on average, and in the 7th second it has left the panic window;
    // but by then the burst is over. Target 7: 17 and some
    expect(Math.max(...all.map(([, desired]) => desired))).toBe(18);
    const firstDrop = all.find(([, desired], index) => desired < (all[index - 1]?.[1] ?? 0));
    expect(firstDrop?.[0]).toBeGreaterThan(71_000);
  });

  it("keeps the last one for the grace period where the activator had not been in the path", () => {
    // 3 instances of 100 have room for more than a burst of 211
    const traffic = Array.from({ length: 300 }, (_, second) => ({ at: second * 1_000, serviceMs: 500 }));
    const wide = { concurrency: 100, minInstances: 0 };
    const small = changes(traffic, wide).at(-1);
    const large = changes(traffic, { ...wide, concurrency: 1_000 }).at(-1);
    expect(small?.[1]).toBe(0);
    expect(large?.[1]).toBe(0);
    expect((large?.[0] ?? 0) - (small?.[0] ?? 0)).toBeGreaterThanOrEqual(28_000);
  });

  it("keeps within bounds, and the last one for ever if it is to", () => {
    expect(Math.max(...changes(burst(140, 0, 5_000), { maxInstances: 3 }).map(([, desired]) => desired))).toBe(3);
    expect(changes(burst(1, 10_000, 100), { minInstances: 2 })).toEqual([[0, 2]]);
    expect(changes(burst(1, 10_000, 100), { provisioned: 2 })).toEqual([[0, 2]]);
    expect(changes(burst(1, 10_000, 100), { idleTimeoutMs: Infinity }).at(-1)?.[1]).toBe(1);
  });

  it("waits with fewer for the scale-down delay", () => {
    const down = (scaleDownDelayMs: number) => changes(burst(1, 10_000, 100), { scaleDownDelayMs }).at(-1)?.[0] ?? 0;
    expect(down(40_000) - down(0)).toBeGreaterThanOrEqual(36_000);
  });

  it("begins its windows anew when their length changes, and keeps them otherwise", () => {
    const scaler = new Scaler(config);
    const seen = { inFlight: 70, queued: 0, ready: 10, starting: 0, frozen: 0, startMs: 100, metrics: null };
    scaler.record(0, 70, 0);
    scaler.decide(seen, 0);
    scaler.use({ ...config, maxInstances: 40 });
    scaler.record(5_000, 70, 0);
    // 1 told at once, then 70 each second: (1 + 5 * 70) / 6 at target 7
    expect(scaler.decide(seen, 5_000).desired).toBe(9);
    scaler.use({ ...config, stableWindowMs: 30_000 });
    scaler.record(7_000, 70, 0);
    // a window that has seen nothing but a first request; no faster than halved
    expect(scaler.decide(seen, 7_000)).toMatchObject({ desired: 5, reason: { code: "scale-down-rate" } });
  });

  it("is replaced by another policy", () => {
    const scaler = new Scaler(config);
    scaler.use({ ...config, policy: "tide", minInstances: 2 });
    const seen = { inFlight: 0, queued: 0, ready: 0, starting: 0, frozen: 0, startMs: 100, metrics: null };
    expect(scaler.decide(seen, 0)).toMatchObject({ desired: 2, reason: { code: "min" } });
    expect(scaler.config.policy).toBe("tide");
  });
});
