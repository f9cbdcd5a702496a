import { describe, expect, it } from "vitest";
import { defaultMemoryLimit, readSystemMemory } from "./memory-limit.ts";

const gib = 2 ** 30;

describe("readSystemMemory", () => {
  const cases: { name: string; files: Record<string, string>; totalBytes: number; availableBytes: number | null }[] = [
    { name: "of a system that tells nothing", files: {}, totalBytes: 8 * gib, availableBytes: null },
    {
      name: "of a machine",
      files: { "/proc/meminfo": "MemTotal:  8388608 kB\nMemAvailable:  2097152 kB\n" },
      totalBytes: 8 * gib,
      availableBytes: 2 * gib,
    },
    {
      name: "of a container, whose own group is the root",
      files: {
        "/proc/meminfo": "MemAvailable:  4194304 kB\n",
        "/proc/self/cgroup": "0::/\n",
        "/sys/fs/cgroup/memory.max": `${gib}\n`,
        "/sys/fs/cgroup/memory.current": `${gib / 2}\n`,
        "/sys/fs/cgroup/memory.stat": `anon 1\ninactive_file ${gib / 4}\nslab 2\n`,
      },
      totalBytes: gib,
      availableBytes: 0.75 * gib,
    },
    {
      name: "of the group above, where that has less",
      files: {
        "/proc/self/cgroup": "0::/system.slice/app.service\n",
        "/sys/fs/cgroup/system.slice/app.service/memory.max": "max\n",
        "/sys/fs/cgroup/system.slice/memory.max": `${2 * gib}\n`,
        "/sys/fs/cgroup/system.slice/memory.current": `${3 * gib}\n`,
      },
      totalBytes: 2 * gib,
      availableBytes: 0,
    },
    {
      name: "of version 1",
      files: {
        "/proc/self/cgroup": "9:cpu,cpuacct:/x\n4:memory:/docker/1\n0::/\n",
        "/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": `${3 * gib}\n`,
        "/sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes": `${gib}\n`,
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      },
      totalBytes: 3 * gib,
      availableBytes: 2 * gib,
    },
  ];
  it.each(cases)("$name", ({ files, totalBytes, availableBytes }) => {
    const read = (path: string): string | null => files[path] ?? null;
    expect(readSystemMemory(read, 8 * gib)).toEqual({ totalBytes, availableBytes });
  });

  it("of this system", () => {
    const { totalBytes, availableBytes } = readSystemMemory();
    expect(totalBytes).toBeGreaterThan(0);
    if (process.platform === "linux") expect(availableBytes).toBeGreaterThan(0);
    expect(availableBytes ?? 0).toBeLessThanOrEqual(totalBytes);
  });
});

it("defaultMemoryLimit is 85 %", () => {
  expect(defaultMemoryLimit({ totalBytes: 1_000, availableBytes: null })).toBe(850);
});
