import { describe, expect, it } from "vitest";
import { OomKills } from "./oom-kills.ts";

describe("OomKills", () => {
  it.each<[name: string, groups: string, path: string, text: (count: number) => string]>([
    [
      "version 1",
      "5:cpu,cpuacct:/x\n4:memory:/web\n0::/\n",
      "/sys/fs/cgroup/memory/web/memory.oom_control",
      (count) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${count}\n`,
    ],
    [
      "version 2",
      "0::/system.slice/web.service\n",
      "/sys/fs/cgroup/system.slice/web.service/memory.events",
      (count) => `low 0\nhigh 0\nmax 9\noom 3\noom_kill ${count}\noom_group_kill 0\n`,
    ],
    ["the machine", "0::/\n", "/proc/vmstat", (count) => `nr_free_pages 5\noom_kill ${count}\nnuma_hit 1\n`],
  ])("tells of as many as were counted since it was made, by %s", (_name, groups, path, text) => {
    let count = 7;
    const files = (asked: string): string | null =>
      asked === "/proc/self/cgroup" ? groups : asked === path ? text(count) : null;
    const kills = new OomKills(files);
    expect(kills.take()).toBe(false);
    count = 9;
    expect([kills.take(), kills.take(), kills.take()]).toEqual([true, true, false]);
  });

  it("tells of none where nobody counts", () => {
    expect(new OomKills(() => null).take()).toBe(false);
  });
});
