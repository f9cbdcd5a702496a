import { describe, expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults, type PolicyName } from "../config.ts";
import type { Observations } from "../observations.ts";
import { Scaler } from "./scaler.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 10 };
const empty: Observations = {
  inFlight: 0,
  queued: 0,
  ready: 0,
  starting: 0,
  frozen: 0,
  startMs: 200,
  metrics: null,
};

describe("Scaler", () => {
  it.each<PolicyName>(["tide", "kpa"])("of %s asks for a decision when the first invocation comes", (policy) => {
    const scaler = new Scaler({ ...config, policy });
    scaler.decide(empty, 0);
    expect(scaler.record(1_000, 0, 0)).toBe(false);
    expect(scaler.record(2_000, 0, 1)).toBe(true);
    expect(scaler.decide({ ...empty, queued: 1 }, 2_000).desired).toBe(1);
    expect(scaler.record(2_100, 1, 0)).toBe(false);
  });

  it("of tide asks for one before its instances are full, and no more at the maximum", () => {
    const scaler = new Scaler({ ...config, maxInstances: 2 });
    const busy = { ...empty, ready: 1, inFlight: 5 };
    scaler.record(0, 5, 0);
    expect(scaler.decide(busy, 0).desired).toBe(1);
    expect(scaler.record(10, 6, 0)).toBe(false);
    expect(scaler.record(20, 10, 0)).toBe(true);
    scaler.record(30, 10, 30);
    expect(scaler.decide({ ...busy, inFlight: 10, queued: 30 }, 30).desired).toBe(2);
    expect(scaler.record(40, 10, 500)).toBe(false);
  });

  it("looks at the load anew under other bounds", () => {
    const scaler = new Scaler({ ...config, maxInstances: 1 });
    scaler.record(0, 10, 30);
    scaler.decide({ ...empty, ready: 1, inFlight: 10, queued: 30 }, 0);
    expect(scaler.record(10, 10, 31)).toBe(false);
    scaler.use({ ...config, maxInstances: 5 });
    expect(scaler.record(20, 10, 32)).toBe(true);
    expect(scaler.decide({ ...empty, ready: 1, inFlight: 10, queued: 32 }, 20).desired).toBeGreaterThan(2);
  });
});
