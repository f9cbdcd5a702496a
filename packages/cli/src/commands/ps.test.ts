import { join } from "node:path";
import type { InstanceInfo } from "@tidegate/core";
import { adminDir, createAdminServer, type FunctionInfo, type Host } from "@tidegate/host";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../run.ts";
import { forkPoint, functionInfo } from "../testing/function-info.ts";
import { createFolder, createTestIo, type TestIo } from "../testing/test-io.ts";

let folder = "";
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  const [made, remove] = await createFolder({});
  folder = made;
  cleanups.push(remove);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function ps(...argv: string[]): Promise<TestIo> {
  const io = createTestIo({ cwd: folder });
  expect(await run(["ps", ...argv], io)).toBe(0);
  return io;
}

async function runHostWith(...instances: InstanceInfo[]): Promise<void> {
  await runHost(instances, []);
}

async function runHost(instances: InstanceInfo[], functions: FunctionInfo[]): Promise<void> {
  const host: Host = {
    start: async () => {},
    stop: async () => {},
    url: "http://localhost:3000",
    port: 3000,
    instances: () => instances,
    counters: () => ({ requests: 0, failed: 0, coldStarts: 0, inFlight: 0, queued: 0 }),
    reload: async () => {},
    functions: () => functions,
    apply: async () => [],
    metrics: async () => ({ contentType: "text/plain", text: "up 1\n" }),
    upgrade: async () => ({ from: 1, to: 2, tookMs: 3, instances: 4 }),
  };
  const server = createAdminServer(host, adminDir({ XDG_RUNTIME_DIR: folder }));
  await server.start();
  cleanups.push(() => server.stop());
}

const shop: InstanceInfo = {
  function: "shop",
  revision: "r1",
  instance: "shop-r1-1",
  state: "ready",
  pid: 4321,
  start: "process",
  inFlight: 2,
  memoryBytes: 62_914_560,
  ownBytes: 4_194_304,
  cpu: 0.25,
  requests: 9,
  ageMs: 61_000,
};
const report: InstanceInfo = {
  function: "report",
  revision: "r12",
  instance: "report-r12-3",
  state: "starting",
  pid: null,
  start: "process",
  inFlight: 0,
  memoryBytes: null,
  ownBytes: null,
  cpu: null,
  requests: 9,
  ageMs: 61_000,
};

test("tidegate ps shows instances of all hosts in a table", async () => {
  await runHostWith(shop);
  await runHostWith(report);
  expect((await ps()).out.text().split("\n")).toEqual([
    "FUNCTION  REVISION  INSTANCE      STATE     PID   START    IN FLIGHT  REQUESTS  AGE  MEMORY  OWN   CPU   FORKS AT",
    "shop      r1        shop-r1-1     ready     4321  process  2          9         1m   60 MB   4 MB  25 %  -",
    "report    r12       report-r12-3  starting  -     process  0          9         1m   -       -     -     -",
    "",
  ]);
});

test("tidegate ps --json prints an array", async () => {
  expect((await ps("--json")).out.text()).toBe("[]\n");
  await runHostWith(shop, report);
  expect(JSON.parse((await ps("--json")).out.text())).toEqual([
    { ...shop, forksAt: null },
    { ...report, forksAt: null },
  ]);
});

test("tidegate ps tells of hosts without instances", async () => {
  expect((await ps()).out.text()).toBe("No instances\n");
  await runHostWith();
  expect((await ps()).out.text()).toBe(
    `No instances\nHost at http://localhost:3000 (pid ${process.pid}) waits for requests with 0 instances\n`,
  );
  await runHostWith(shop);
  expect((await ps()).out.text().split("\n")).toEqual([
    "FUNCTION  REVISION  INSTANCE   STATE  PID   START    IN FLIGHT  REQUESTS  AGE  MEMORY  OWN   CPU   FORKS AT",
    "shop      r1        shop-r1-1  ready  4321  process  2          9         1m   60 MB   4 MB  25 %  -",
    `Host at http://localhost:3000 (pid ${process.pid}) waits for requests with 0 instances`,
    "",
  ]);
});

test("tidegate ps shows how instances were started, and where their function forks", async () => {
  const place = { file: join(folder, "src/server.js"), line: 14, column: 3 };
  const functions = [
    functionInfo("shop", { state: "parked", point: forkPoint("listen", place) }, folder),
    functionInfo("report", { state: "unfit", reason: "it has a thread of its own" }, folder),
  ];
  const forked: InstanceInfo = { ...shop, start: "fork" };
  // Of an old revision: what it was forked from is gone.
  const old: InstanceInfo = { ...forked, instance: "shop-r0-1", revision: "r0" };
  await runHost([forked, old, report], functions);
  expect((await ps()).out.text().split("\n")).toEqual([
    "FUNCTION  REVISION  INSTANCE      STATE     PID   START    IN FLIGHT  REQUESTS  AGE  MEMORY  OWN   CPU   FORKS AT",
    "shop      r1        shop-r1-1     ready     4321  fork     2          9         1m   60 MB   4 MB  25 %  src/server.js:14 listen",
    "shop      r0        shop-r0-1     ready     4321  fork     2          9         1m   60 MB   4 MB  25 %  -",
    "report    r12       report-r12-3  starting  -     process  0          9         1m   -       -     -     unfit",
    "",
  ]);
  expect(JSON.parse((await ps("--json")).out.text())).toMatchObject([
    { start: "fork", forksAt: "src/server.js:14 listen" },
    { start: "fork", forksAt: null },
    { start: "process", forksAt: "unfit" },
  ]);
});
