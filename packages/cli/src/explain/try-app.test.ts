import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import type { TemplateInfo } from "@tidegate/core";
import { afterEach, beforeEach, describe, expect, type TestContext, test, vi } from "vitest";
import { exitCode } from "../errors.ts";
import { run } from "../run.ts";
import { skipUnforkable } from "../testing/skip-unforkable.ts";
import { createFolder, createTestIo, type TestIo } from "../testing/test-io.ts";

const cleanups: (() => unknown)[] = [];
/** Where the trial puts what it needs for a while. */
let temporary = "";
beforeEach(async () => {
  const [made, remove] = await createFolder({});
  temporary = made;
  cleanups.push(remove);
  vi.stubEnv("TMPDIR", made);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Folders of trials that are there now. */
async function trials(): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith("tidegate-"));
}

const serving = 'require("node:http").createServer((q, s) => s.end("hi")).listen(process.env.PORT);\n';

async function folderWith(files: Readonly<Record<string, string>>): Promise<TestIo> {
  const [cwd, remove] = await createFolder(files);
  cleanups.push(remove);
  return createTestIo({ cwd });
}

interface Told {
  readonly function: string;
  readonly start: string;
  readonly host: null;
  readonly template: TemplateInfo;
  readonly processMs: number;
  readonly advice: readonly string[];
}

/** Explains an app; skips the test where this system forks nothing, which the explanation tells. */
async function explained(io: TestIo, context: TestContext, ...argv: string[]): Promise<Told> {
  expect(await run(["explain", ...argv, "--json"], io)).toBe(exitCode.ok);
  const [told] = JSON.parse(io.out.text()) as Told[];
  if (told === undefined) throw new Error("Nothing was explained");
  if (told.template.state === "none") skipUnforkable(context, told.template.reason ?? "it is not told why");
  return told;
}

describe("tidegate explain ENTRY tries", () => {
  test("a pure app: it forks where it listens", async (context) => {
    const io = await folderWith({ "server.js": `// An app\n${serving}` });
    const told = await explained(io, context, "server.js");
    const point = { effect: "listen", what: "port 3000", place: { file: `${io.cwd}/server.js`, line: 2 }, via: null };
    expect(told).toMatchObject({ start: "auto", host: null, advice: [] });
    expect(told.template).toMatchObject({ state: "parked", reason: null, point, forks: 5 });
    expect(told.template.forkMs).toBeGreaterThan(0);
    expect(told.template.sharedLoad).toBeGreaterThan(0);
    expect(told.processMs).toBeGreaterThan(0);
    // What it needed is gone.
    expect(await trials()).toEqual([]);
  });

  test("an app that connects to its database as it loads: that is to be moved", async (context) => {
    let connections = 0;
    const database = createServer((socket) => {
      connections++;
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => database.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => database.close());
    const { port } = database.address() as AddressInfo;
    const connecting = `exports.connect = () => require("node:net").connect(${port}, "127.0.0.1");\n`;
    const io = await folderWith({
      "server.js": `const db = require("db").connect();\n${serving}`,
      "node_modules/db/package.json": '{ "name": "db", "main": "index.js" }',
      "node_modules/db/index.js": connecting,
    });
    const told = await explained(io, context, "server.js");
    const what = `127.0.0.1:${port}`;
    expect(told.template.point).toMatchObject({ effect: "connect", what, place: { line: 1 }, via: "db" });
    expect(told.advice).toEqual([
      expect.stringContaining(
        `server.js:1 opens a connection at load through the package db (${what}): make the client`,
      ),
    ]);
    // One for each instance, five forked and two not, and none by the template.
    expect(connections).toBe(7);
  });

  test("an app that does not load in a template: it is told why, and how long a plain process takes", async (context) => {
    const commandLine = 'require("node:fs").readFileSync("/proc/self/cmdline", "utf8")';
    const unfit = `if (${commandLine}.includes("--single-threaded")) throw new Error("not here");\n`;
    const told = await explained(await folderWith({ "server.js": unfit + serving }), context, "server.js");
    expect(told.template).toMatchObject({ state: "unfit", point: null, forks: 0 });
    expect(told.template.reason).not.toBe("");
    expect(told.processMs).toBeGreaterThan(0);
    expect(told.advice).toHaveLength(1);
  });

  test("the functions of a file, those that are not to be forked too", async (context) => {
    const io = await folderWith({
      "tidegate.yaml": `functions:
  shop: { entry: server.js, start: process, routes: [/shop] }
  debugged: { entry: server.js, nodeArgs: [--inspect=0], routes: [/debugged] }
  report: { command: ["node", "server.js"], routes: [/report] }
`,
      "server.js": serving,
    });
    await explained(io, context, ".");
    const text = createTestIo({ cwd: io.cwd });
    expect(await run(["explain", "--config", "tidegate.yaml"], text)).toBe(exitCode.ok);
    expect(text.out.text().match(/^\S.*$|^ {2}why .*$/gm)).toEqual([
      'shop: instances could be forked, but its configuration says "start: process"',
      "debugged: instances start as processes of their own",
      expect.stringMatching(/^ {2}why {3}Node's option "--inspect=0": /),
      "report: instances start as processes of their own",
      expect.stringMatching(/^ {2}why {3}its entry is a command/),
    ]);
  });
});

test("tidegate explain tells of an app that does not start, and goes on with others", async () => {
  const io = await folderWith({
    "tidegate.yaml":
      "functions:\n  broken: { entry: broken.js, routes: [/a] }\n  shop: { entry: server.js, start: process, routes: [/b] }\n",
    "broken.js": 'throw new Error("no configuration");\n',
    "server.js": serving,
  });
  expect(await run(["explain", "."], io)).toBe(exitCode.failed);
  expect(io.err.text()).toMatch(/^tidegate: Cannot start instance "broken-1" of function "broken": exit code 1 before/);
  expect(io.err.text()).toContain("Error: no configuration");
  expect(io.err.text()).toContain("\nTIDEGATE_INSTANCE_EXITED: ");
  expect(io.out.text()).toMatch(/^shop: /);
});

test("Ctrl-C ends a trial, and leaves nothing", async () => {
  const io = await folderWith({ "server.js": "setInterval(() => {}, 1000);\n" });
  const running = run(["explain", "server.js"], io);
  await vi.waitFor(async () => expect(await trials()).toHaveLength(1));
  io.signal("SIGINT");
  expect(await running).toBe(exitCode.interrupted);
  expect(io.out.text()).toBe("");
  expect(io.err.text()).toBe("");
  expect(await trials()).toEqual([]);
});
