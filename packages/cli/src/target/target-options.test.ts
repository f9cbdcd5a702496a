import { afterEach, describe, expect, test } from "vitest";
import { parseArguments } from "../arguments/parse-arguments.ts";
import { createFolder, createTestIo } from "../testing/test-io.ts";
import { functionOptions, gatewayOptions, type TargetOptions, targetOptions } from "./target-options.ts";

let remove: () => Promise<void> = async () => {};
afterEach(() => remove());

async function optionsFor(
  argv: string[],
  files: Record<string, string>,
  env: NodeJS.ProcessEnv = {},
): Promise<TargetOptions["options"]> {
  const [folder, removeIt] = await createFolder(files);
  remove = removeIt;
  const args = parseArguments(argv, { ...gatewayOptions, ...functionOptions });
  return (await targetOptions(args, createTestIo({ cwd: folder, env }))).options;
}

const app = { "server.js": "" };
const yaml = {
  "tidegate.yaml":
    "functions:\n  shop: { entry: a.js, concurrency: 5, scaling: { max: 3 } }\ngateway: { port: 4000 }\n",
};
const two = { "tidegate.yaml": "functions:\n  a: { entry: a.js, routes: [/a] }\n  b: { entry: b.js, routes: [/b] }\n" };

describe("targetOptions takes the port from", () => {
  test.each([
    { name: "--port first", argv: ["--port", "1"], files: yaml, env: { PORT: "2" }, port: 1 },
    { name: "tidegate.yaml next", argv: [], files: yaml, env: { PORT: "2" }, port: 4000 },
    { name: "$PORT next", argv: [], files: app, env: { PORT: "2" }, port: 2 },
    { name: "the host's default last", argv: [], files: app, env: { PORT: "" }, port: undefined },
  ])("$name", async ({ argv, files, env, port }) => {
    expect((await optionsFor(argv, files, env)).port).toBe(port);
  });
});

test("targetOptions gives an entry every request, and leaves the rest to the host's defaults", async () => {
  const { functions } = await optionsFor(["server.js", "--name", "shop"], app);
  expect(functions).toEqual([
    {
      name: "shop",
      entry: { kind: "node", file: expect.stringMatching(/\/server\.js$/) },
      cwd: expect.any(String),
      env: {},
      routes: [{ path: "/" }],
      scaling: {},
    },
  ]);
});

test("targetOptions changes an only function of a file by options", async () => {
  const argv = [
    "--concurrency",
    "7",
    "--min",
    "1",
    "--idle",
    "5s",
    "--timeout",
    "2s",
    "--host",
    "::1",
    "--trust-proxy",
    "--start",
    "process",
  ];
  expect(await optionsFor(argv, yaml)).toMatchObject({
    hostname: "::1",
    trustProxy: true,
    functions: [
      {
        name: "shop",
        concurrency: 7,
        timeoutMs: 2000,
        start: "process",
        scaling: { minInstances: 1, maxInstances: 3, idleTimeoutMs: 5000 },
      },
    ],
  });
});

test("targetOptions raises the most instances to what is kept", async () => {
  const { functions } = await optionsFor(["--min", "20"], app);
  expect(functions[0]?.scaling).toEqual({ minInstances: 20, maxInstances: 20 });
});

test.each([
  {
    name: "an option of one function for several",
    argv: ["--max", "2"],
    files: two,
    message: 'Cannot apply "--max" to 2 functions: write it in the configuration',
  },
  {
    name: "an entry beside --config",
    argv: ["a.js", "--config", "tidegate.yaml"],
    files: yaml,
    message: 'Cannot serve both "a.js" and the configuration "tidegate.yaml"',
  },
  {
    name: "more kept than allowed",
    argv: ["--min", "4"],
    files: yaml,
    message: 'Cannot keep 4 instances: at most 3 are allowed by "--max"',
  },
  {
    name: "a start that is none",
    argv: ["--start", "clone"],
    files: app,
    message: 'Cannot read option "--start": expected "auto" or "fork" or "process", got "clone"',
  },
  {
    name: "a command that is to be forked",
    argv: ["--start", "fork", "--", "python3", "app.py"],
    files: app,
    message: 'Cannot apply "--start fork" to a command: only a program for Node can be forked',
  },
  {
    name: "a name that is none",
    argv: ["--name", "My Shop"],
    files: app,
    message: 'Cannot read option "--name": expected up to 63 lower case letters, digits and hyphens, got "My Shop"',
  },
  {
    name: "a PORT that is none",
    argv: [],
    files: app,
    env: { PORT: "http" },
    message: 'Cannot read variable PORT: expected a whole number from 0 to 65535, got "http"',
  },
])("targetOptions refuses $name", async ({ argv, files, env = {}, message }) => {
  await expect(optionsFor(argv, files, env)).rejects.toMatchObject({ code: "TIDEGATE_USAGE", message });
});

test("targetOptions tells of a configuration that is not there", async () => {
  await expect(optionsFor(["--config", "none.yaml"], {})).rejects.toMatchObject({ code: "TIDEGATE_CONFIG_NOT_FOUND" });
  await remove();
  await expect(optionsFor(["none.yaml"], {})).rejects.toMatchObject({ code: "TIDEGATE_CONFIG_NOT_FOUND" });
});
