import { describe, expect, it, vi } from "vitest";
import { SharedMemory } from "./shared-memory.ts";

describe.skipIf(process.platform !== "linux")("SharedMemory", () => {
  it("looks at one of many instances at a time, and takes the others to share as much", async () => {
    const siblings = { bytes: 0, firstLook: null };
    const first = await new SharedMemory(process.pid, siblings).read();
    expect(first).toBeGreaterThan(0);
    expect(siblings.bytes).toBe(first);
    // Not looked at: there would be nothing to be seen.
    expect(await new SharedMemory(process.ppid, siblings).read()).toBe(first);
  });

  it("waits for the first look at an instance, where others are asked for meanwhile", async () => {
    const siblings = { bytes: 0, firstLook: null };
    const first = new SharedMemory(process.pid, siblings).read();
    const second = new SharedMemory(process.ppid, siblings).read();
    expect(await second).toBeGreaterThan(0);
    expect(await second).toBe(await first);
  });

  it("looks at one of each template's instances at once", async () => {
    await new SharedMemory(process.pid, { bytes: 0, firstLook: null }).read();
    expect(await new SharedMemory(process.pid, { bytes: 0, firstLook: null }).read()).toBeGreaterThan(0);
  });

  it("knows nothing of a process that is gone", async () => {
    const siblings = { bytes: 7, firstLook: null };
    const memory = new SharedMemory(null, siblings);
    expect(await vi.waitUntil(() => memory.read())).toBe(7);
    expect(siblings.bytes).toBe(7);
  });
});
