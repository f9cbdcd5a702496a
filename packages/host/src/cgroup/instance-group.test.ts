import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeExit } from "../instance/start-failure.ts";
import { superviseChild } from "../launcher/child.ts";
import { InstanceGroup } from "./instance-group.ts";

/** A folder with the files of a group whose memory controller is on, which few machines give a test. */
async function withGroup(
  files: Readonly<Record<string, string>>,
  use: (group: InstanceGroup) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-cgroup-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await use(new InstanceGroup(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("counts memory as the controller does, without files that nobody uses", async () => {
  const files = {
    "cgroup.procs": "4711\n",
    "cpu.stat": "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n",
    "memory.current": "104857600\n",
    "memory.stat": "anon 60000000\nfile 44857600\ninactive_file 4857600\n",
  };
  await withGroup(files, async (group) => {
    expect(await group.usage()).toEqual({ cpuMs: 2_500, memoryBytes: 100_000_000 });
  });
});

it("counts memory by process where no controller does", async () => {
  const files = {
    "cpu.stat": "usage_usec 1000\n",
    "cgroup.procs": `${process.pid}\n`,
  };
  await withGroup(files, async (group) => {
    const usage = await group.usage();
    expect(usage).toEqual({ cpuMs: 1, memoryBytes: expect.any(Number) });
    expect(usage?.memoryBytes).toBeGreaterThan(2 ** 20);
  });
});

it("knows nothing of what its process uses while that is not in it", async () => {
  const files = {
    "cpu.stat": "usage_usec 0\n",
    "cgroup.procs": "",
  };
  await withGroup(files, async (group) => expect(await group.usage()).toBeNull());
});

it("knows nothing of a group that is gone", async () => {
  const group = new InstanceGroup("/nowhere");
  expect(await group.usage()).toBeNull();
  expect(group.hasRunOutOfMemory).toBeNull();
  await group.enter(process.pid);
  await group.end();
});

it.each([
  { name: "was killed", kills: 1, signal: "SIGKILL", said: "ended by SIGKILL: memory ran out, so Linux killed it" },
  { name: "was killed", kills: 0, signal: "SIGKILL", said: "ended by SIGKILL" },
  { name: "crashed", kills: 1, signal: "SIGSEGV", said: "ended by SIGSEGV" },
] as const)("an instance that $name, with $kills counted by its group, $said", async ({ kills, signal, said }) => {
  const events = `low 0\noom ${kills}\noom_kill ${kills}\n`;
  await withGroup({ "memory.events": events }, async (group) => {
    const ended = Promise.resolve({ code: null, signal, cause: null });
    const { ended: told } = superviseChild(null, ended, Promise.resolve(), group);
    expect(describeExit(await told)).toBe(said);
  });
});
