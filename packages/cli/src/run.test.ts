import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "./commands/table.ts";
import { run } from "./run.ts";
import { createFolder, createTestIo, type TestIo } from "./testing/test-io.ts";

let folder = "";
let remove: () => Promise<void>;
beforeAll(async () => {
  [folder, remove] = await createFolder({});
});
afterAll(() => remove());

async function ran(...argv: string[]): Promise<{ code: number; io: TestIo }> {
  const io = createTestIo({ cwd: folder });
  return { code: await run(argv, io), io };
}

test.each([["--help"], ["-h"], ["help"], []])("tidegate %s shows all commands", async (...argv) => {
  const { code, io } = await ran(...argv);
  expect(code).toBe(0);
  for (const name of Object.keys(commands)) expect(io.out.text()).toMatch(new RegExp(`^ {2}${name} +\\S`, "m"));
  expect(io.err.text()).toBe("");
});

test.each(Object.keys(commands))(
  "tidegate %s --help shows usage, options with defaults, examples and exit codes",
  async (name) => {
    const { code, io } = await ran(name, "--help");
    expect(code).toBe(0);
    const command = await commands[name]?.load();
    expect(io.out.text()).toContain(`Usage:\n  tidegate ${name} `);
    for (const [option, { default: text }] of Object.entries(command?.options ?? {})) {
      expect(io.out.text()).toMatch(new RegExp(`^ {2}--${option}\\b`, "m"));
      if (text !== undefined) expect(io.out.text()).toContain(`(default: ${text})`);
    }
    for (const [line] of command?.examples ?? []) expect(io.out.text()).toContain(line);
    for (const [exit] of command?.exitCodes ?? []) expect(io.out.text()).toMatch(new RegExp(`^ {2}${exit} +\\S`, "m"));
    expect((await ran("help", name)).io.out.text()).toBe(io.out.text());
  },
);

test("tidegate --version shows the version", async () => {
  const { code, io } = await ran("--version");
  expect(code).toBe(0);
  expect(io.out.text()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  { name: "an unknown command", argv: ["sevre"], message: 'Unknown command "sevre"; did you mean "serve"?' },
  { name: "a command like none", argv: ["deploy-all"], message: 'Unknown command "deploy-all"' },
  { name: "an option for a command", argv: ["--port", "1"], message: 'Unknown option "--port"' },
  { name: "help of an unknown command", argv: ["help", "pss"], message: 'Unknown command "pss"; did you mean "ps"?' },
  { name: "an unknown option", argv: ["ps", "--jsn"], message: 'Unknown option "--jsn"; did you mean "--json"?' },
  { name: "an argument too many", argv: ["ps", "all"], message: 'Unexpected argument "all"' },
  { name: "a -- nothing takes", argv: ["ps", "--", "x"], message: 'Unexpected "--"' },
])("$name exits with 2 and says so", async ({ argv, message }) => {
  const { code, io } = await ran(...argv);
  expect(code).toBe(2);
  expect(io.err.text()).toMatch(/^tidegate: (.*)\nTIDEGATE_USAGE: Run `tidegate --help`.*\n$/);
  expect(io.err.text().split("\n")[0]).toBe(`tidegate: ${message}`);
  expect(io.out.text()).toBe("");
});
