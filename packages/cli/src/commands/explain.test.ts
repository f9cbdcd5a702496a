import { join } from "node:path";
import { adminDir, createAdminServer, type FunctionInfo, type Host } from "@tidegate/host";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCode } from "../errors.ts";
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

async function explain(...argv: string[]): Promise<{ code: number; io: TestIo }> {
  const io = createTestIo({ cwd: folder });
  return { code: await run(["explain", ...argv], io), io };
}

async function runHostWith(url: string, ...functions: FunctionInfo[]): Promise<void> {
  const host: Host = {
    start: async () => {},
    stop: async () => {},
    url,
    port: 3000,
    instances: () => [],
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

const shop = (): FunctionInfo => {
  const place = { file: join(folder, "server.js"), line: 14, column: 3 };
  const point = forkPoint("listen", place, { what: "port 3000" });
  return functionInfo("shop", { state: "parked", pid: 41, point, forks: 3, forkMs: 9, memoryBytes: 63e6 }, folder);
};

describe("tidegate explain, with running hosts,", () => {
  test("tells of all their functions", async () => {
    await runHostWith("http://localhost:3000", shop(), {
      ...functionInfo("report", { state: "none", reason: "a command is not forked, only a program for Node" }, folder),
    });
    const { code, io } = await explain();
    expect(io.out.text().split("\n")).toEqual([
      "shop: instances are forked",
      "  forks     at server.js:14, where it listens (port 3000)",
      "  load      loaded in 404 ms, 395 of them (97 %) are shared; an instance starts in 9 ms",
      "  template  pid 41, 60 MB, 3 instances forked from it",
      "",
      "report: instances start as processes of their own",
      "  why  a command is not forked, only a program for Node",
      "",
    ]);
    expect(code).toBe(exitCode.ok);
  });

  test("tells of one by its name, and of the same name in several hosts", async () => {
    await runHostWith("http://localhost:3000", shop(), functionInfo("report", {}, folder));
    await runHostWith("http://localhost:4000", functionInfo("shop", { state: "loading" }, folder));
    const { io } = await explain("shop");
    expect(io.out.text().match(/^\S.*$/gm)).toEqual([
      `shop: instances are forked (host at http://localhost:3000, pid ${process.pid})`,
      `shop: its template is being loaded (host at http://localhost:4000, pid ${process.pid})`,
    ]);
  });

  test("--json prints an array", async () => {
    const served = shop();
    await runHostWith("http://localhost:3000", served);
    const { io } = await explain("shop", "--json");
    const host = { url: "http://localhost:3000", pid: process.pid };
    const rest = { host, start: "auto", template: served.template, processMs: null, advice: [] };
    expect(JSON.parse(io.out.text())).toEqual([{ function: "shop", revision: "r1", ...rest }]);
  });

  test("names their functions when nothing of a name is found", async () => {
    await runHostWith("http://localhost:3000", shop());
    const { code, io } = await explain("shopp");
    expect(code).toBe(exitCode.usage);
    expect(io.err.text()).toMatch(/^tidegate: Cannot serve "shopp": .*; functions of running hosts: shop\n/);
  });
});

test("tidegate explain without a name wants a running host", async () => {
  const { code, io } = await explain();
  expect(code).toBe(exitCode.usage);
  expect(io.err.text()).toMatch(/^tidegate: Cannot tell how instances start: this user runs no host; name an app/);
});
