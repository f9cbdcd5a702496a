import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, request } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { autoscalerDefaults, functionDefaults, type InstanceInfo, noTemplate, type TemplateInfo } from "@tidegate/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FunctionInfo, Host } from "../host-options.ts";
import { askHosts } from "./admin-client.ts";
import { adminDir } from "./admin-dir.ts";
import { createAdminServer } from "./admin-server.ts";

let root = "";
let dir = "";
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "tg-admin-"));
  dir = join(root, "tidegate");
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(root, { recursive: true });
});

const instance: InstanceInfo = {
  function: "shop",
  revision: "r1",
  instance: "shop-1",
  state: "ready",
  pid: 42,
  start: "process",
  inFlight: 3,
  memoryBytes: null,
  ownBytes: null,
  cpu: null,
  requests: 9,
  ageMs: 61_000,
};

function hostOf(url: string, instances: InstanceInfo[]): Host {
  return {
    start: async () => {},
    stop: async () => {},
    url,
    port: 3000,
    instances: () => instances,
    counters: () => ({ requests: 1, failed: 0, coldStarts: 1, inFlight: 3, queued: 0 }),
    reload: async () => {},
    functions: () => [],
    apply: async () => [],
    metrics: async () => ({ contentType: "text/plain", text: "up 1\n" }),
    upgrade: async () => ({ from: 1, to: 2, tookMs: 3, instances: 4 }),
  };
}

async function started(url: string, instances: InstanceInfo[] = []): Promise<ReturnType<typeof createAdminServer>> {
  const server = createAdminServer(hostOf(url, instances), dir);
  await server.start();
  cleanups.push(() => server.stop());
  return server;
}

/** A host that answers each path with a text; without one with 404. */
async function talking(answers: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(dir, { mode: 0o700, recursive: true });
  const server = createHttpServer(({ url = "" }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(join(dir, "1-1.sock"), resolve));
  cleanups.push(() => server.close());
}

/** A listener that was killed leaves its socket file behind: Node unlinks only on close. */
async function leaveDeadSocket(path: string): Promise<void> {
  const { execFileSync } = await import("node:child_process");
  const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  try {
    execFileSync(process.execPath, ["-e", code]);
  } catch {
    // It killed itself.
  }
}

test("askHosts collects what every host says", async () => {
  await started("http://localhost:1", [instance]);
  await started("http://localhost:2");
  const reports = await askHosts(dir);
  expect(reports).toMatchObject([
    {
      ok: true,
      host: { url: "http://localhost:1", pid: process.pid, counters: { coldStarts: 1 } },
      instances: [instance],
    },
    { ok: true, host: { url: "http://localhost:2" }, instances: [] },
  ]);
});

test("askHosts tells how instances of a function start", async () => {
  const template: TemplateInfo = {
    ...noTemplate("shop", "r1", ""),
    state: "parked",
    reason: null,
    pid: 41,
    point: {
      effect: "listen",
      what: "port 3000",
      place: { file: "/app/server.js", line: 14, column: 5 },
      via: null,
      loadMs: 395,
      warmUp: { asked: 0, done: 0, leftOut: null },
      notes: [],
    },
  };
  const config = { ...functionDefaults, name: "shop", entry: { kind: "node", file: "/app/server.js" } as const };
  const shop: FunctionInfo = {
    name: "shop",
    revision: "r1",
    config: { ...config, cwd: "/app", env: ["TOKEN"], routes: [{ path: "/" }], start: "fork", warmUp: ["/"] },
    scaling: { ...autoscalerDefaults, concurrency: 100 },
    inFlight: 0,
    queued: 0,
    template,
    instances: { ready: 1 },
  };
  const host: Host = { ...hostOf("http://localhost:1", [{ ...instance, start: "fork" }]), functions: () => [shop] };
  const server = createAdminServer(host, dir);
  await server.start();
  cleanups.push(() => server.stop());
  expect(await askHosts(dir)).toMatchObject([
    { ok: true, instances: [{ instance: "shop-1", start: "fork" }], functions: [shop] },
  ]);
});

test("askHosts understands hosts that know nothing of templates", async () => {
  const { start: _, ownBytes: __, ...older } = instance;
  await talking({
    "/host": {},
    "/instances": [{ ...older, memoryBytes: 7 }],
    "/functions": [{ name: "shop", revision: "r1" }],
  });
  expect(await askHosts(dir)).toMatchObject([
    {
      ok: true,
      instances: [{ instance: "shop-1", start: "process", memoryBytes: 7, ownBytes: 7 }],
      functions: [{ name: "shop", template: { state: "none", reason: "its host is of a version that forks none" } }],
    },
  ]);
});

test("askHosts finds nothing where no host ever ran", async () => {
  expect(await askHosts(dir)).toEqual([]);
});

test("askHosts removes sockets of dead hosts and leaves other files alone", async () => {
  // No process has such an id.
  const deadName = "4194305-1.sock";
  await mkdir(dir, { mode: 0o700 });
  await leaveDeadSocket(join(dir, deadName));
  await writeFile(join(dir, "notes.txt"), "");
  expect(await readdir(dir)).toEqual([deadName, "notes.txt"]);
  expect(await askHosts(dir)).toEqual([]);
  expect(await readdir(dir)).toEqual(["notes.txt"]);
});

test("askHosts leaves the socket of a host alone that has bound it and does not listen yet", async () => {
  await mkdir(dir, { mode: 0o700 });
  const name = `${process.pid}-1.sock`;
  await leaveDeadSocket(join(dir, name));
  expect(await askHosts(dir)).toEqual([]);
  expect(await readdir(dir)).toEqual([name]);
  // Long ago it was another process of this id.
  await utimes(join(dir, name), new Date(0), new Date(0));
  expect(await askHosts(dir)).toEqual([]);
  expect(await readdir(dir)).toEqual([]);
});

test("askHosts tells of a host that talks nonsense", async () => {
  await mkdir(dir, { mode: 0o700 });
  const server: Server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  await new Promise<void>((resolve) => server.listen(join(dir, "1-1.sock"), resolve));
  cleanups.push(() => server.close());
  expect(await askHosts(dir)).toMatchObject([{ ok: false, socketPath: join(dir, "1-1.sock") }]);
});

test("stop removes the socket, is idempotent and safe before start", async () => {
  const server = createAdminServer(hostOf("http://localhost:1", []), dir);
  await server.stop();
  await server.start();
  expect(await readdir(dir)).toHaveLength(1);
  await server.stop();
  await server.stop();
  expect(await readdir(dir)).toEqual([]);
});

test("a folder that others may write to is refused", async () => {
  await mkdir(dir);
  await chmod(dir, 0o777);
  const server = createAdminServer(hostOf("http://localhost:1", []), dir);
  await expect(server.start()).rejects.toMatchObject({
    code: "TIDEGATE_ADMIN_UNAVAILABLE",
    message: `Cannot use folder "${dir}": other users may write to it`,
  });
  await expect(askHosts(dir)).rejects.toMatchObject({ code: "TIDEGATE_ADMIN_UNAVAILABLE" });
});

test("a path too long for a socket is told by code", async () => {
  dir = join(root, "x".repeat(120));
  const server = createAdminServer(hostOf("http://localhost:1", []), dir);
  await expect(server.start()).rejects.toMatchObject({ code: "TIDEGATE_ADMIN_UNAVAILABLE" });
  await server.stop();
});

test("an unknown route answers 404 with a code", async () => {
  const { socketPath } = await started("http://localhost:1");
  const status = await new Promise((resolve) => {
    request({ socketPath, path: "/toString", agent: false }, (response) => resolve(response.resume().statusCode)).end();
  });
  expect(status).toBe(404);
});

test("adminDir prefers XDG_RUNTIME_DIR where that is a folder", () => {
  expect(adminDir({ XDG_RUNTIME_DIR: root })).toBe(dir);
  expect(adminDir({ XDG_RUNTIME_DIR: join(root, "none") })).toBe(adminDir({}));
  expect(adminDir({})).toBe(join(tmpdir(), `tidegate-${process.getuid?.()}`));
});
