import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHost } from "../host.ts";
import type { Host } from "../host-options.ts";
import { isThere } from "../template/testing/processes.ts";
import { createTestGroup, whyNoGroups } from "./testing/test-group.ts";

/** Starts a daemon that leaves its session and its parent, and tells its process id. */
const app = `
const { execFileSync } = require("node:child_process");
const daemon = "(setsid sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!' &)";
require("node:http").createServer((request, response) => {
  response.end(execFileSync("sh", ["-c", daemon]));
}).listen(process.env.PORT);
`;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function hostIn(cgroup: string): Promise<Host> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-cgroup-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  const file = join(dir, "app.cjs");
  await writeFile(file, app);
  const functions = [{ name: "app", entry: { kind: "node", file }, cwd: dir } as const];
  const host = createHost({ port: 0, functions, runtimeDir: dir, cgroup });
  cleanups.push(() => host.stop());
  return host;
}

it("does not start a host whose control group cannot be used, and leaves nothing behind", async () => {
  const host = await hostIn("/nowhere");
  await expect(host.start()).rejects.toMatchObject({ code: "TIDEGATE_CGROUP_UNUSABLE" });
});

const why = whyNoGroups();

describe.skipIf(why !== null)(why === null ? "where a host may make control groups" : `skipped: ${why}`, () => {
  it("ends an app's daemon at once when its instance ends, however it was started, and leaves no group", async () => {
    const { folder, remove } = await createTestGroup();
    cleanups.push(remove);
    const host = await hostIn(folder);
    await host.start();
    for (const end of ["kill", "reload", "stop"] as const) {
      const daemon = Number(await (await fetch(host.url)).text());
      expect(isThere(daemon)).toBe(true);
      const pid = host.instances().find(({ state }) => state === "ready")?.pid;
      if (!pid) throw new Error("No instance is ready");
      if (end === "kill") process.kill(pid, "SIGKILL");
      else if (end === "reload") await host.reload("app");
      else await host.stop();
      await vi.waitUntil(() => !isThere(daemon), { timeout: 10_000, interval: 5 });
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("tidegate"))).toEqual([]);
  }, 60_000);
});
