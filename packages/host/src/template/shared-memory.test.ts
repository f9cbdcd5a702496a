import { describe, expect, it, vi } from "vitest";
import { SharedMemory } from "./shared-memory.ts";

describe.skipIf(process.platform !== "linux")("SharedMemory", () => {
  it("looks at one of many instances at a time, and takes the others to share as much", async () => {
    const siblings = { bytes: 0 };
    const first = await new SharedMemory(process.pid, siblings).read();
    expect(first).toBeGreaterThan(0);
    expect(siblings.bytes).toBe(first);
    // Not looked at: there would be nothing to be seen.
    expect(await new SharedMemory(process.ppid, siblings).read()).toBe(first);
  });

  it("knows nothing of a process that is gone", async () => {
    const siblings = { bytes: 7 };
    const memory = new SharedMemory(null, siblings);
    expect(await vi.waitUntil(() => memory.read())).toBe(7);
    expect(siblings.bytes).toBe(7);
  });
});
