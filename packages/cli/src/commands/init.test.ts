import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "@tidegate/host";
import { afterEach, describe, expect, test } from "vitest";
import { run } from "../run.ts";
import { targetOptions } from "../target/target-options.ts";
import { createFolder, createTestIo, type TestIo } from "../testing/test-io.ts";

let remove: () => Promise<void> = async () => {};
afterEach(() => remove());

async function init(
  files: Readonly<Record<string, string>>,
  ...argv: string[]
): Promise<{ folder: string; code: number; io: TestIo }> {
  const [folder, removeIt] = await createFolder(files);
  remove = removeIt;
  const io = createTestIo({ cwd: folder });
  return { folder, code: await run(["init", ...argv], io), io };
}

const manifest = (dependency: string, more: object = {}): string =>
  JSON.stringify({ dependencies: { [dependency]: "1" }, ...more });

interface AppCase {
  name: string;
  files: Record<string, string>;
  framework: string;
  run: Record<string, unknown>;
  before?: string;
}

const apps: AppCase[] = [
  {
    name: "Express",
    files: { "package.json": manifest("express"), "server.js": "" },
    framework: "Express",
    run: { entry: "server.js" },
  },
  {
    name: "Koa by its start script",
    files: {
      "package.json": manifest("koa", {
        scripts: { start: "NODE_ENV=production GREETING='a: b' node --no-warnings src/app.js --seed" },
      }),
      "src/app.js": "",
    },
    framework: "Koa",
    run: {
      entry: "src/app.js",
      args: ["--seed"],
      nodeArgs: ["--no-warnings"],
      env: { NODE_ENV: "production", GREETING: "a: b" },
    },
  },
  {
    name: "Fastify by main",
    files: { "package.json": manifest("fastify", { main: "lib/index.js" }), "lib/index.js": "" },
    framework: "Fastify",
    run: { entry: "lib/index.js" },
  },
  {
    name: "Next",
    files: { "package.json": manifest("next") },
    framework: "Next",
    run: { entry: "node_modules/next/dist/bin/next", args: ["start"] },
    before: "Build the app first: npx next build",
  },
  {
    name: "Next built to stand alone",
    files: { "package.json": manifest("next"), "next.config.mjs": 'export default { output: "standalone" }' },
    framework: "Next",
    run: { entry: ".next/standalone/server.js" },
    before: "Build the app first: npx next build, and copy",
  },
  {
    name: "plain Node without package.json",
    files: { "index.mjs": "" },
    framework: "Node",
    run: { entry: "index.mjs" },
  },
  { name: "Python", files: { "app.py": "" }, framework: "Python", run: { command: ["python3", "app.py"] } },
];

describe("tidegate init writes a tidegate.yaml that can be loaded for", () => {
  test.each(apps)("$name", async ({ files, framework, run, before }) => {
    const { folder, code, io } = await init(files);
    expect(io.err.text()).toBe("");
    expect(code).toBe(0);
    const text = await readFile(join(folder, "tidegate.yaml"), "utf8");
    expect(text.split("\n")[0]).toMatch(/^# yaml-language-server: \$schema=https:\/\//);
    expect(text).toContain(`(${framework})`);
    const [fn] = (await loadConfig("tidegate.yaml", folder)).functions;
    const { entry, env = undefined, ...more } = run;
    expect(fn?.env).toEqual(env);
    expect(fn?.entry).toMatchObject(
      entry === undefined ? { kind: "command", ...run } : { kind: "node", file: join(folder, String(entry)), ...more },
    );
    expect(io.out.text()).toContain("tidegate dev");
    expect(text.includes("start: auto")).toBe("entry" in run);
    if (before !== undefined) expect(io.out.text()).toContain(before);
  });
});

test("every default that tidegate init writes as a comment is a field", async () => {
  const { folder } = await init({ "server.js": "" });
  const text = await readFile(join(folder, "tidegate.yaml"), "utf8");
  const uncommented = text
    .split("\n")
    .map((line) => (/^( {4})?# *\w+:/.test(line) && !line.startsWith("# yaml-") ? line.replace("# ", "") : line))
    .join("\n");
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(folder, "tidegate.yaml"), uncommented);
  const options = await loadConfig("tidegate.yaml", folder);
  expect(options).toMatchObject({
    port: 3000,
    trustProxy: false,
    drainDelayMs: 0,
    http2: true,
    functions: [
      {
        concurrency: 100,
        streamIdleTimeoutMs: 0,
        queueLimit: 10_000,
        start: "auto",
        warmUp: [],
        scaling: { minInstances: 0, provisioned: 0, maxInstances: 10, idleTimeoutMs: 30_000, freeze: true },
      },
    ],
  });
});

test("tidegate init DIR --json tells what it wrote", async () => {
  const { folder, io } = await init({ "api/server.js": "" }, "api", "--json");
  expect(JSON.parse(io.out.text())).toEqual({
    file: join(folder, "api/tidegate.yaml"),
    function: "api",
    framework: "Node",
    entry: "server.js",
  });
});

test("tidegate init names the function as tidegate serve does", async () => {
  const [folder, removeIt] = await createFolder({ "shop/package.json": "{}", "shop/src/server.js": "" });
  remove = removeIt;
  const io = createTestIo({ cwd: folder });
  await run(["init", "shop/src", "--json"], io);
  expect(JSON.parse(io.out.text())).toMatchObject({ function: "shop", entry: "server.js" });
  const { options } = await targetOptions({ positionals: ["shop/src/server.js"], options: new Map(), rest: null }, io);
  expect(options.functions.map(({ name }) => name)).toEqual(["shop"]);
});

test("tidegate init says what to type next, for a shell and for npx", async () => {
  const { io } = await init({ "my api/server.js": "" }, "my api");
  expect(io.out.text()).toMatch(
    /\n {2}tidegate dev 'my api\/tidegate\.yaml' {5}work .*\n {2}tidegate serve 'my api\/tidegate\.yaml' {3}serve /,
  );
  await remove();
  const [folder, removeIt] = await createFolder({ "server.js": "" });
  remove = removeIt;
  const npx = createTestIo({ cwd: folder, env: { npm_command: "exec" } });
  expect(await run(["init"], npx)).toBe(0);
  expect(npx.out.text()).toContain("\n  npx tidegate dev     work");
});

test("tidegate init does not overwrite without --force", async () => {
  const files = { "server.js": "", "tidegate.yaml": "mine" };
  const { folder, code, io } = await init(files);
  expect(code).toBe(1);
  expect(io.err.text()).toBe(
    'tidegate: Cannot write "tidegate.yaml": the file is there already\nTIDEGATE_FILE_EXISTS: Look at the file that is there; --force overwrites it.\n',
  );
  expect(await readFile(join(folder, "tidegate.yaml"), "utf8")).toBe("mine");
  expect(await run(["init", "--force"], io)).toBe(0);
  expect(await readFile(join(folder, "tidegate.yaml"), "utf8")).toContain("server.js");
});

test.each([
  { name: "an empty folder", dir: ".", state: "no package.json that names one, no server, app or index file" },
  { name: "no folder", dir: "none", state: "there is no such folder" },
])("tidegate init finds no app in $name", async ({ dir, state }) => {
  const { folder, code, io } = await init({}, dir);
  expect(code).toBe(1);
  expect(io.err.text()).toContain(
    `tidegate: Cannot find an app in "${join(folder, dir)}": ${state}\nTIDEGATE_APP_UNKNOWN: `,
  );
});
