import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { addonPath } from "./addon-path.ts";
import { TestTemplate, testedNode } from "./testing/test-template.ts";

// What another libc does otherwise is done here by a library that is preloaded, so that this one's tests keep it.

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-fork-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function compile(name: string): string {
  const library = join(folder, `${name}.so`);
  const source = fileURLToPath(new URL(`./testing/${name}.c`, import.meta.url));
  execFileSync("cc", ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", source, "-o", library]);
  return library;
}

test("a child forks, works and ends where mutexes know the thread that took them, as musl's do", async () => {
  const program = `
    const { readFile } = require("fs");
    readFile(__filename, () => {
      park();
      readFile(__filename, () => new (require("worker_threads").Worker)("0", { eval: true }).on("exit", (code) => tell(code)));
    });`;
  const template = await TestTemplate.start(program, { env: { LD_PRELOAD: compile("checked-mutexes") } });
  onTestFinished(() => template.stop().then(() => {}));
  const children = [await template.fork(), await template.fork()];
  for (const child of children) {
    expect(await child.rest()).toEqual([0]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
  }
});

test("a vfork() that copies memory is told as the reason why nothing can be forked", () => {
  const script = `console.log(require(${JSON.stringify(addonPath())}).check())`;
  const env = { ...process.env, LD_PRELOAD: compile("copying-vfork") };
  expect(execFileSync(testedNode, ["-e", script], { env, encoding: "utf8" }).trim()).toBe(
    "vfork() copies the memory of a process here",
  );
});
