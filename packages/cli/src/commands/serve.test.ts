import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { run } from "../run.ts";
import { createFolder, createTestIo, type TestIo } from "../testing/test-io.ts";

const app = `
const http = require("node:http");
http.createServer((request, response) => response.end("hello " + process.argv.slice(2))).listen(process.env.PORT);
`;

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

interface Served {
  readonly io: TestIo;
  readonly url: string;
  readonly code: Promise<number>;
}

async function ioWith(files: Readonly<Record<string, string>>, isTTY = false): Promise<TestIo> {
  const [folder, remove] = await createFolder(files);
  cleanups.push(remove);
  return createTestIo({ cwd: folder, isTTY });
}

async function serve(files: Readonly<Record<string, string>>, argv: readonly string[], isTTY = false): Promise<Served> {
  const io = await ioWith(files, isTTY);
  const code = run(["serve", "--port", "0", "--host", "127.0.0.1", ...argv], io);
  cleanups.push(async () => {
    io.signal("SIGTERM");
    await code;
  });
  const [url] = await io.out.until(/http:\/\/127\.0\.0\.1:\d+/);
  return { io, url, code };
}

async function instancesOf(io: TestIo): Promise<{ function: string; instance: string; state: string; pid: number }[]> {
  const asking = createTestIo({ cwd: io.cwd });
  await run(["ps", "--json"], asking);
  return JSON.parse(asking.out.text());
}

function logLines(io: TestIo): Record<string, unknown>[] {
  return io.out
    .text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("tidegate serve starts an instance with the first request, and none is left after the idle time", async () => {
  const { io, url, code } = await serve({ "server.js": app }, [
    "server.js",
    "--name",
    "shop",
    "--idle",
    "300ms",
    "--",
    "a",
    "b",
  ]);
  expect(await instancesOf(io)).toEqual([]);
  expect(await (await fetch(url)).text()).toBe("hello a,b");
  const [instance] = await instancesOf(io);
  expect(instance).toMatchObject({ function: "shop", state: "ready" });
  await io.out.until(/"state":"stopped"/);
  expect(await instancesOf(io)).toEqual([]);
  expect(() => process.kill(instance?.pid ?? 0, 0)).toThrow("ESRCH");
  io.signal("SIGTERM");
  expect(await code).toBe(0);
  expect(readdirSync(join(io.cwd, "tidegate"))).toEqual([]);
});

test("tidegate serve logs JSON without a terminal, and its URL in a message", async () => {
  const { io, url, code } = await serve({ "server.js": app }, ["server.js", "--name", "shop", "--log-requests"]);
  await (await fetch(`${url}/a?b=1`)).text();
  await io.out.until(/"type":"request"/);
  io.signal("SIGINT");
  expect(await code).toBe(0);
  const lines = logLines(io);
  expect(lines[0]).toMatchObject({
    level: "info",
    type: "listening",
    url,
    msg: `Serving shop at ${url} with 0 instances`,
  });
  expect(lines.find(({ type }) => type === "request")).toMatchObject({
    method: "GET",
    target: "/a?b=1",
    status: 200,
    coldStart: true,
  });
  expect(lines.at(-1)).toMatchObject({ type: "stopped" });
});

test("tidegate serve shows the URL and a live status line on a terminal", async () => {
  const { io, url } = await serve({ "server.js": app }, ["server.js", "--name", "shop"], true);
  expect(io.out.text().split("\n")[0]).toBe(`Serving shop at ${url} with 0 instances`);
  await (await fetch(url)).text();
  await io.out.until(/1 instance {2}1 cold start {2}p50\/p99 [\d.]+\/[\d.]+ ms/);
});

test("tidegate serve routes to the functions of a tidegate.yaml", async () => {
  const yaml =
    "functions:\n  a: { entry: server.js, args: [A], routes: [/a] }\n  b: { entry: server.js, args: [B], routes: [/b] }\n";
  const { io, url } = await serve({ "server.js": app, "tidegate.yaml": yaml }, []);
  expect(logLines(io)[0]?.msg).toBe(`Serving a, b at ${url} with 0 instances`);
  expect(await (await fetch(`${url}/a`)).text()).toBe("hello A");
  expect(await (await fetch(`${url}/b/1`)).text()).toBe("hello B");
  expect((await fetch(`${url}/c`)).status).toBe(404);
});

test("tidegate serve serves a command that listens on $PORT", async () => {
  const { url } = await serve({ "server.js": app }, ["--", "node", "server.js", "command"]);
  expect(await (await fetch(url)).text()).toBe("hello command");
});

test("SIGTERM lets a running request finish", async () => {
  const slow = `
    const http = require("node:http");
    http.createServer((_, response) => { console.log("began"); setTimeout(() => response.end("done"), 300); }).listen(process.env.PORT);
  `;
  const { io, url, code } = await serve({ "server.js": slow }, ["server.js"]);
  const response = fetch(url);
  await io.out.until(/"msg":"began"/);
  io.signal("SIGTERM");
  expect(await (await response).text()).toBe("done");
  expect(await code).toBe(0);
});

test("a Ctrl-C that comes twice at once, as under npm, is one", async () => {
  const slow = `
    const http = require("node:http");
    http.createServer((_, response) => { console.log("began"); setTimeout(() => response.end("done"), 300); }).listen(process.env.PORT);
  `;
  const { io, url, code } = await serve({ "server.js": slow }, ["server.js"]);
  const response = fetch(url);
  await io.out.until(/"msg":"began"/);
  io.signal("SIGINT");
  io.signal("SIGINT");
  expect(await (await response).text()).toBe("done");
  expect(await code).toBe(0);
});

test("SIGHUP on a terminal means that it is gone: the host ends", async () => {
  const { io, code } = await serve({ "server.js": app }, ["server.js"], true);
  io.signal("SIGHUP");
  expect(await code).toBe(0);
});

test("SIGHUP without a terminal is a reload, and SIGUSR2 an upgrade, which a host inside another program refuses", async () => {
  const { io, url } = await serve({ "server.js": app }, ["server.js", "--name", "shop"]);
  await (await fetch(url)).text();
  io.signal("SIGHUP");
  await io.out.until(/"msg":"Reloaded: shop r2"/);
  io.signal("SIGUSR2");
  await io.out.until(/"code":"TIDEGATE_UPGRADE_FAILED".*"msg":"Not upgraded: Cannot upgrade the host: /);
  expect(await (await fetch(url)).text()).toBe("hello ");
});

test("a second signal ends all at once with 130, and leaves no process and no folder", async () => {
  const stuck = `
    const http = require("node:http");
    http.createServer(() => console.log("began", process.pid)).listen(process.env.PORT);
  `;
  const { io, url, code } = await serve({ "server.js": stuck }, ["server.js"]);
  const response = fetch(url, { method: "POST" }).catch(() => null);
  const [, pid] = await io.out.until(/"msg":"began (\d+)"/);
  io.signal("SIGINT");
  const again = setInterval(() => io.signal("SIGINT"), 50);
  expect(await code).toBe(130);
  clearInterval(again);
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  expect(readdirSync(join(io.cwd, "tidegate"))).toEqual([]);
  await response;
});

describe("tidegate serve fails with a code", () => {
  test("for the port of another Tidegate host: names that", async () => {
    const { io, url } = await serve({ "server.js": app }, ["server.js"]);
    const second = createTestIo({ cwd: io.cwd });
    const { port } = new URL(url);
    expect(await run(["serve", "server.js", "--host", "127.0.0.1", "--port", port], second)).toBe(1);
    expect(second.err.text()).toContain(
      `tidegate: Cannot listen on port ${port}: the Tidegate host at ${url} does (pid ${process.pid})\nTIDEGATE_PORT_IN_USE: `,
    );
  });

  test("for a port in use: 1", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => other.close(resolve)));
    const address = other.address();
    const port = typeof address === "object" ? address?.port : 0;
    const io = await ioWith({ "server.js": app });
    expect(await run(["serve", "server.js", "--host", "127.0.0.1", "--port", String(port)], io)).toBe(1);
    expect(io.err.text()).toMatch(
      new RegExp(`^tidegate: .*${port}.*\nTIDEGATE_PORT_IN_USE: Choose another port with --port`),
    );
    expect(io.out.text()).toBe("");
    expect(existsSync(join(io.cwd, "tidegate"))).toBe(false);
  });

  test.each([
    {
      name: "an entry that is not there",
      files: { "server.js": "" },
      argv: ["sevrer.js"],
      code: "TIDEGATE_ENTRY_NOT_FOUND",
      says: 'did you mean "server.js"?',
    },
    {
      name: "an entry that tidegate.yaml only names",
      files: { "tidegate.yaml": "functions: { shop: { entry: gone.js } }" },
      argv: [],
      code: "TIDEGATE_ENTRY_NOT_FOUND",
      says: "gone.js",
    },
    {
      name: "a command that is not there",
      files: {},
      argv: ["--", "no-such-program"],
      code: "TIDEGATE_ENTRY_NOT_FOUND",
      says: "no-such-program",
    },
    {
      name: "a malformed tidegate.yaml",
      files: { "tidegate.yaml": "functions:\n  shop:\n    entry: a.js\n    concurrency: many\n" },
      argv: [],
      code: "TIDEGATE_CONFIG_INVALID",
      says: 'tidegate.yaml:4:18 functions.shop.concurrency: expected a whole number from 1 to 1000000, got "many"',
    },
    {
      name: "a configuration that is not there",
      files: {},
      argv: ["--config", "x.yaml"],
      code: "TIDEGATE_CONFIG_NOT_FOUND",
      says: '"x.yaml": no such file',
    },
  ])("for $name: 2", async ({ files, argv, code, says }) => {
    const io = await ioWith(files);
    expect(await run(["serve", "--port", "0", ...argv], io)).toBe(2);
    expect(io.err.text()).toContain(says);
    expect(io.err.text()).toContain(`\n${code}: `);
    expect(io.out.text()).toBe("");
  });
});
