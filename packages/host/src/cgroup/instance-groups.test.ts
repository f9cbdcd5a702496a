import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { InstanceGroups } from "./instance-groups.ts";
import { createTestGroup, whyNoGroups } from "./testing/test-group.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A group that an operator names, and the host's in it. */
async function openGroups(): Promise<{ readonly named: string; readonly groups: InstanceGroups }> {
  const { folder, remove } = await createTestGroup();
  cleanups.push(remove);
  const groups = await InstanceGroups.open(folder);
  if (groups === null) throw new Error("There are no groups");
  cleanups.push(() => groups.close());
  return { named: folder, groups };
}

function groupOf(pid: number | undefined): string {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? "";
}

it("has none where they are off, and says why a folder is none", async () => {
  expect(await InstanceGroups.open("off")).toBeNull();
  await expect(InstanceGroups.open("/nowhere")).rejects.toMatchObject({
    code: "TIDEGATE_CGROUP_UNUSABLE",
    message: expect.stringMatching(/^Cannot use control group "\/nowhere": ENOENT/),
  });
  const folder = await mkdtemp(join(tmpdir(), "tidegate-cgroup-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  await expect(InstanceGroups.open(folder)).rejects.toThrow(
    `Cannot use control group "${folder}": it is none of cgroup v2, or Linux is older than 5.14`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

const why = whyNoGroups();

describe.skipIf(why !== null)(why === null ? "where control groups can be made" : `skipped: ${why}`, () => {
  it("ends what a process has started when its group ends, and removes it", async () => {
    const { named, groups } = await openGroups();
    const group = groups.create("shop");
    const child = spawn("sh", ["-c", "read line; setsid sleep 1000 & echo $!; wait"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const gone = once(child, "exit");
    await group?.enter(child.pid ?? 0);
    expect(groupOf(child.pid)).toMatch(/\/shop-1$/);
    child.stdin.write("\n");
    const [daemon] = await once(child.stdout, "data");
    const pid = Number(String(daemon));
    expect(groupOf(pid)).toMatch(/\/shop-1$/);
    expect(await group?.usage()).toMatchObject({ memoryBytes: expect.any(Number), cpuMs: expect.any(Number) });
    expect((await group?.usage())?.memoryBytes).toBeGreaterThan(0);
    await group?.end();
    expect(existsSync(`/proc/${pid}/fd/0`)).toBe(false);
    expect(await gone).toEqual([null, "SIGKILL"]);
    expect(readdirSync(groups.folder).filter((name) => name.startsWith("shop"))).toEqual([]);
    await groups.close();
    expect(readdirSync(named).filter((name) => name.startsWith("tidegate"))).toEqual([]);
  });

  it("removes groups that an instance made in its own", async () => {
    const { groups } = await openGroups();
    const group = groups.create("shop");
    await mkdir(join(group?.folder ?? "", "inner", "most"), { recursive: true });
    await group?.end();
    expect(existsSync(group?.folder ?? "")).toBe(false);
  });

  it("removes what a killed host has left behind, and nothing of one that lives", async () => {
    const { folder, remove } = await createTestGroup();
    cleanups.push(remove);
    const gone = spawn("true");
    await once(gone, "exit");
    await mkdir(join(folder, `tidegate-${gone.pid}-1`, "shop-1"), { recursive: true });
    await mkdir(join(folder, `tidegate-${process.ppid}-1`));
    await mkdir(join(folder, "other"));
    const groups = await InstanceGroups.open(folder);
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(names.map(({ name }) => join(folder, name)).sort()).toEqual(
      [join(folder, "other"), join(folder, `tidegate-${process.ppid}-1`), groups?.folder].sort(),
    );
    await groups?.close();
  });

  it("uses a group that is named by a link", async () => {
    const { folder, remove } = await createTestGroup();
    cleanups.push(remove);
    const dir = await mkdtemp(join(tmpdir(), "tidegate-cgroup-"));
    cleanups.push(() => rm(dir, { recursive: true }));
    await symlink(folder, join(dir, "link"));
    const groups = await InstanceGroups.open(join(dir, "link"));
    expect(dirname(groups?.folder ?? "")).toBe(folder);
    await groups?.close();
  });

  it("goes without a group where the system refuses one", async () => {
    const { groups } = await openGroups();
    await groups.close();
    expect(groups.create("shop")).toBeNull();
  });
});
