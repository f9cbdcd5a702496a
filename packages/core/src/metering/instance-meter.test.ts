import { describe, expect, it } from "vitest";
import { InstanceMeter } from "./instance-meter.ts";

const none = { starting: 0, ready: 0, frozen: 0, draining: 0 };

describe("InstanceMeter", () => {
  it("is empty before the first instance", () => {
    expect(new InstanceMeter().read(1_000)).toEqual({
      states: none,
      instanceMs: 0,
      frozenMs: 0,
      byteMs: 0,
      memoryBytes: 0,
      starts: 0,
      failures: 0,
    });
  });

  it("adds up time from start to end, frozen or not", () => {
    const meter = new InstanceMeter();
    meter.change("a", "starting", 1_000);
    meter.change("a", "ready", 1_100);
    meter.change("b", "starting", 1_500);
    expect(meter.read(2_000)).toMatchObject({ states: { ...none, ready: 1, starting: 1 }, instanceMs: 1_500 });
    meter.change("a", "frozen", 3_000);
    meter.change("b", "ready", 3_000);
    expect(meter.read(4_000)).toMatchObject({ states: { ...none, frozen: 1, ready: 1 }, frozenMs: 1_000 });
    meter.change("a", "ready", 5_000);
    meter.change("a", "draining", 6_000);
    meter.change("a", "stopped", 7_000);
    meter.change("b", "failed", 8_000);
    const total = { states: none, instanceMs: 6_000 + 6_500, frozenMs: 2_000, starts: 2, failures: 1 };
    expect(meter.read(9_000)).toMatchObject(total);
    expect(meter.read(90_000)).toMatchObject(total);
  });

  it("adds up memory over the time since it was measured last", () => {
    const meter = new InstanceMeter();
    meter.change("a", "starting", 0);
    expect(meter.read(1_000).byteMs).toBe(0);
    meter.memory("a", 100, 2_000);
    expect(meter.read(2_000)).toMatchObject({ byteMs: 200_000, memoryBytes: 100 });
    meter.memory("a", 300, 3_000);
    meter.change("a", "draining", 3_500);
    meter.change("a", "stopped", 4_000);
    expect(meter.read(9_000)).toMatchObject({ byteMs: 200_000 + 300_000 + 300_000, memoryBytes: 0 });
  });

  it("takes an instance that was never measured for the size of the others", () => {
    const meter = new InstanceMeter();
    meter.change("a", "starting", 0);
    meter.memory("a", 50, 0);
    meter.change("b", "starting", 0);
    meter.change("b", "stopped", 10);
    expect(meter.read(0).byteMs).toBe(500);
  });

  it("knows no instance that ended before it began, and none twice", () => {
    const meter = new InstanceMeter();
    meter.change("a", "failed", 10);
    meter.change("b", "stopped", 10);
    meter.memory("b", 10, 20);
    expect(meter.read(30)).toMatchObject({ instanceMs: 0, byteMs: 0, starts: 0, failures: 1 });
  });

  it("does not count one that is given up before it has a process", () => {
    const meter = new InstanceMeter();
    meter.change("a", "draining", 0);
    expect(meter.read(10)).toMatchObject({ starts: 0, instanceMs: 0, states: none });
    meter.change("a", "stopped", 10);
    expect(meter.read(20)).toMatchObject({ starts: 0, failures: 0 });
  });

  it("does not count an instance that ends while it drains as failed", () => {
    const meter = new InstanceMeter();
    meter.change("a", "starting", 0);
    meter.change("a", "draining", 5);
    meter.change("a", "failed", 6);
    expect(meter.read(9)).toMatchObject({ failures: 0, instanceMs: 6 });
  });
});
