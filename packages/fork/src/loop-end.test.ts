import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { addonPath } from "./addon-path.ts";
import { TestTemplate, type TestTemplateOptions } from "./testing/test-template.ts";

let template: TestTemplate | undefined;
afterEach(async () => {
  await template?.stop();
  template = undefined;
});

/** Runs a program in a forked child; what it told, and how it ended. */
async function run(program: string, options?: TestTemplateOptions): Promise<{ told: unknown[]; end: unknown }> {
  template = await TestTemplate.start(program, options);
  const child = await template.fork();
  const told = await child.rest();
  return { told, end: await child.ended };
}

describe("the natural end of a forked child", () => {
  test("comes when nothing is left to do, with the exit code and both events", async () => {
    const program = `
      process.on("beforeExit", (code) => tell(["beforeExit", code])); process.on("exit", (code) => tell(["exit", code]));
      park(); process.exitCode = 3; setTimeout(() => tell("timer"), 5);`;
    expect(await run(program)).toEqual({
      told: ["timer", ["beforeExit", 3], ["exit", 3]],
      end: { code: 3, signal: null },
    });
  });

  test("is put off by work that beforeExit begins, as often as it does, also by a promise", async () => {
    const program = `
      let left = 3; park();
      process.on("beforeExit", async () => { tell(left); await null; if (left-- > 0) setTimeout(() => tell("more"), 1); });`;
    expect(await run(program)).toEqual({ told: [3, "more", 2, "more", 1, "more", 0], end: { code: 0, signal: null } });
  });

  test("is not held up by tasks for V8's threads, nor by handles that are not referenced", async () => {
    const program = `
      park(); setInterval(() => {}, 1000).unref();
      let kept = []; for (let i = 0; i < 400; i++) { kept.push(new Array(5000).fill({ i })); if (kept.length > 50) kept = []; }
      WebAssembly.compile(new Uint8Array([0,97,115,109,1,0,0,0])).then(() => tell("compiled"));`;
    expect(await run(program)).toEqual({ told: ["compiled"], end: { code: 0, signal: null } });
  });

  test("an error in beforeExit is an uncaught error", async () => {
    const program =
      "park(); process.on('beforeExit', () => { throw new Error('x'); }); process.on('exit', (code) => tell(code));";
    expect(await run(program)).toEqual({ told: [1], end: { code: 1, signal: null } });
  });

  test("waits for worker threads, which end by themselves, by exit and when terminated", async () => {
    const program = `
      const { Worker } = require("node:worker_threads");
      park();
      const start = (code) => new Worker(code, { eval: true });
      start("require('fs').readFile('/proc/self/stat', () => { let kept = []; for (let i = 0; i < 200; i++) kept.push(new Array(5000).fill({ i })); })").on("exit", (code) => tell(["end", code]));
      start("process.exit(7)").on("exit", (code) => tell(["exit", code]));
      const idle = start("setInterval(() => {}, 1000); require('worker_threads').parentPort.postMessage(1)");
      idle.on("message", () => idle.terminate().then((code) => tell(["terminate", code])));`;
    const { told, end } = await run(program);
    expect((told as [string, number][]).sort()).toEqual([
      ["end", 0],
      ["exit", 7],
      ["terminate", 1],
    ]);
    expect(end).toEqual({ code: 0, signal: null });
  });
});

/** Runs a script in plain Node with the addon. */
async function runPlain(script: string): Promise<{ lines: string[]; end: unknown[] }> {
  const child = spawn(process.execPath, ["-e", `const addon = require(${JSON.stringify(addonPath())}); ${script}`]);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const end = await once(child, "close");
  return { lines, end };
}

describe("the event loop from within JavaScript", () => {
  test("turnLoop runs it until something has happened, and tells whether anything is left", async () => {
    const script = `
      let isDone = false;
      require("fs").readFile("/proc/self/stat", () => setTimeout(() => { isDone = true; }, 5));
      let isLeft = true;
      while (!isDone) { isLeft = addon.turnLoop(); process._tickCallback(); }
      console.log(isDone, isLeft, addon.turnLoop());`;
    expect(await runPlain(script)).toEqual({ lines: ["true false false"], end: [0, null] });
  });

  test("drainPool waits for all that is on the pool, and calls nothing back itself", async () => {
    const script = `
      const { pbkdf2 } = require("crypto"); let called = 0;
      for (let i = 0; i < 9; i++) pbkdf2("a", "b", 20000, 32, "sha1", () => { called++; });
      addon.drainPool(); console.log(called);
      const begin = performance.now();
      setImmediate(() => setImmediate(() => console.log(called)));
      addon.drainPool(); addon.drainPool();`;
    expect(await runPlain(script)).toEqual({ lines: ["0", "9"], end: [0, null] });
  });

  test.each(["1", "2", "64"])("drainPool knows a pool of %s threads", async (size) => {
    const script = `
      process.env.UV_THREADPOOL_SIZE = "${size}"; let called = 0;
      for (let i = 0; i < 20; i++) require("fs").stat("/", () => { called++; });
      process.env.UV_THREADPOOL_SIZE = "100";
      addon.drainPool(); setImmediate(() => setImmediate(() => console.log(called)));`;
    expect(await runPlain(script)).toEqual({ lines: ["20"], end: [0, null] });
  });

  test("drainPool does not start a pool that nothing has used", async () => {
    const script = `
      const threads = () => require("fs").readdirSync("/proc/self/task").length;
      const before = threads(); addon.drainPool(); console.log(threads() - before);`;
    expect(await runPlain(script)).toEqual({ lines: ["0"], end: [0, null] });
  });

  test("pendingRequests and isLoopAlive tell what is waited for", async () => {
    const script = `
      console.log(addon.pendingRequests(), addon.isLoopAlive());
      require("fs").stat("/", () => console.log(addon.pendingRequests()));
      console.log(addon.pendingRequests(), addon.isLoopAlive());`;
    expect(await runPlain(script)).toEqual({ lines: ["0 false", "1 true", "0"], end: [0, null] });
  });
});
