import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { addonPath } from "./addon-path.ts";
import { type End, requireForking } from "./testing/test-template.ts";

const forking = requireForking();

function watch(pid: number): Promise<End> {
  return new Promise((resolve) => forking.watchExit(pid, (code, signal) => resolve({ code, signal })));
}

interface Orphan {
  readonly pid: number;
  readonly group: number;
  /** Lets it run its command. */
  go(): void;
}

/** A process that a shell leaves to this one, since libuv reaps what it has started itself. It waits before its command. */
async function orphan(command: string): Promise<Orphan> {
  forking.becomeSubreaper();
  // A shell gives /dev/null to what runs in the background, unless it is told otherwise.
  const script = `exec 3<&0; sh -c 'read line; ${command}' <&3 >/dev/null & echo $!`;
  const shell = spawn("/bin/sh", ["-c", script], { detached: true });
  const exited = once(shell, "exit");
  const [line] = await once(createInterface({ input: shell.stdout }), "line");
  await exited;
  shell.stdin.on("error", () => {}); // it was killed before
  return { pid: Number(line), group: shell.pid ?? 0, go: () => shell.stdin.end("\n") };
}

describe("watchExit", () => {
  test.each([
    ["exit code 0", "exit 0", { code: 0, signal: null }],
    ["exit code 255", "exit 255", { code: 255, signal: null }],
    ["a signal", "kill -TERM $$", { code: null, signal: "SIGTERM" }],
    ["SIGKILL", "kill -KILL $$", { code: null, signal: "SIGKILL" }],
    ["a crash", "kill -SEGV $$", { code: null, signal: "SIGSEGV" }],
    ["a real-time signal", "kill -40 $$", { code: null, signal: "SIGRT40" }],
  ])("tells %s, and leaves no zombie", async (_name, command, end) => {
    const { pid, go } = await orphan(command);
    const ended = watch(pid);
    go();
    expect(await ended).toEqual(end);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("tells of a child that has ended before", async () => {
    const { pid, go } = await orphan("exit 3");
    go();
    while (!/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await new Promise(setImmediate);
    expect(await watch(pid)).toEqual({ code: 3, signal: null });
  });

  test("throws for a process that is not there", () => {
    // Above the highest pid there can be (PID_MAX_LIMIT).
    expect(() => forking.watchExit(2 ** 22 + 1, () => {})).toThrow(
      expect.objectContaining({ code: "ESRCH", syscall: "pidfd_open", errno: -3 }),
    );
  });

  test("tells nothing after its release, which may be called again", async () => {
    const { pid } = await orphan("sleep 60");
    let isTold = false;
    const release = forking.watchExit(pid, () => {
      isTold = true;
    });
    release();
    release();
    const second = watch(pid);
    process.kill(pid, "SIGKILL");
    expect(await second).toEqual({ code: null, signal: "SIGKILL" });
    expect(isTold).toBe(false);
  });

  test("lets a worker thread end that has not released", async () => {
    const { pid } = await orphan("sleep 60");
    const script = `require(${JSON.stringify(addonPath())}).watchExit(${pid}, () => {}); setImmediate(() => process.exit(0));`;
    const [code] = await once(new Worker(script, { eval: true }), "exit");
    expect(code).toBe(0);
    const ended = watch(pid);
    process.kill(pid, "SIGKILL");
    await ended;
  });

  test("survives garbage collection of the release function, and an error in the callback is an uncaught one", async () => {
    const script = `
      const addon = require(${JSON.stringify(addonPath())}); addon.becomeSubreaper();
      const { execFileSync } = require("node:child_process");
      const pid = Number(execFileSync("/bin/sh", ["-c", "sleep 0.2 >/dev/null & echo $!"]));
      addon.watchExit(pid, () => { throw new Error("told"); });
      for (let i = 0; i < 5; i++) gc();
      process.on("uncaughtException", ({ message }) => console.log(message));`;
    const child = spawn(process.execPath, ["--expose-gc", "-e", script]);
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    expect(line).toBe("told");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("reapGroup", () => {
  test("reaps the orphans of a group, and tells when none is left", async () => {
    const { pid, group } = await orphan("sleep 60");
    expect(forking.reapGroup(group)).toBe(true);
    process.kill(-group, "SIGKILL");
    while (forking.reapGroup(group)) await new Promise(setImmediate);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("leaves children of other groups to those who wait for them", async () => {
    const other = spawn("/bin/sh", ["-c", "exit 4"]);
    const exited = once(other, "exit");
    const { group, go } = await orphan("exit 0");
    go();
    while (forking.reapGroup(group)) await new Promise(setImmediate);
    expect(await exited).toEqual([4, null]);
  });

  test.each([0, 1, -5, 1.5, Number.NaN, "12", undefined])("refuses %s", (group) => {
    expect(() => forking.reapGroup(group as number)).toThrow(TypeError);
  });
});

describe("dieWithParent", () => {
  const script = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", \`
      require(process.env.ADDON).dieWithParent(process.ppid); console.log(process.pid); setInterval(() => {}, 1000);\`], { stdio: ["ignore", "inherit", "ignore"], detached: true });
    setInterval(() => {}, 1000);`;

  test("ends a process with its parent, however that ends", async () => {
    forking.becomeSubreaper();
    const parent = spawn(process.execPath, ["-e", script], { env: { ...process.env, ADDON: addonPath() ?? "" } });
    const [line] = await once(createInterface({ input: parent.stdout }), "line");
    parent.kill("SIGKILL");
    await once(parent, "exit");
    expect(await watch(Number(line))).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("ends it at once when the parent is another already", async () => {
    const late = `require(${JSON.stringify(addonPath())}).dieWithParent(${process.pid + 1});`;
    expect(await once(spawn(process.execPath, ["-e", late]), "exit")).toEqual([null, "SIGKILL"]);
  });
});
