import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type FunctionConfig, functionDefaults } from "@tidegate/core";
import { type Forking, loadForking } from "@tidegate/fork";
import { afterEach, describe, expect, it, vi } from "vitest";
import { canGoOn } from "../launcher/is-ending.ts";
import type { Launched } from "../launcher/launcher.ts";
import { Template } from "./template.ts";

const serves = `
import { createServer } from "node:http";
createServer((req, res) => res.end("pid " + process.pid)).listen(process.env.PORT);
`;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly template: Template;
  readonly dir: string;
  readonly lines: string[];
  fork(): Promise<Launched>;
}

async function start(program: string, change: Partial<FunctionConfig> = {}, forking?: Forking): Promise<Started> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-template-"));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "app.mjs");
  await writeFile(file, program);
  const entry = { kind: "node", file } as const;
  const fn = { ...functionDefaults, name: "app", entry, cwd: dir, env: {}, routes: [], ...change };
  const template = Template.start({
    function: fn,
    revision: "r1",
    publicPort: 3000,
    ...(forking === undefined ? {} : { forking }),
  });
  cleanups.push(() => template.stop());
  const lines: string[] = [];
  let made = 0;
  const fork = async (): Promise<Launched> => {
    const launched = await template.fork({
      function: fn,
      instance: `app-r1-${++made}`,
      runtimeDir: join(dir, "run"),
      publicPort: 3000,
      onOutput: (stream, line) => lines.push(`${stream}: ${line}`),
    });
    cleanups.push(() => end(launched));
    return launched;
  };
  return { template, dir, lines, fork };
}

async function end(launched: Launched): Promise<void> {
  launched.signal("SIGKILL");
  await launched.exited;
  launched.release();
}

async function parked(program: string, change: Partial<FunctionConfig> = {}): Promise<Started> {
  const started = await start(program, change);
  const loaded = await started.template.loaded;
  if (loaded.kind !== "parked") throw new Error(loaded.reason);
  return started;
}

describe.runIf("forking" in loadForking())("a template", () => {
  it("forks instances that are children of the host, each with its own number, by a spare or without", async () => {
    const { template, fork } = await parked(serves);
    const launched = await Promise.all([fork(), fork(), fork()]);
    await Promise.all(launched.map(({ ready }) => ready));
    const answers = await Promise.all(launched.map(ask));
    expect(answers).toEqual(launched.map(({ pid }) => `pid ${pid}`));
    expect(new Set([template.pid, ...answers]).size).toBe(4);
    for (const { pid, start } of launched) {
      expect(parentOf(pid)).toBe(process.pid);
      expect(start).toBe("fork");
    }
  });

  it("answers more orders at once than may wait in its socket", async () => {
    const { fork } = await parked(serves);
    const launched = await Promise.all(Array.from({ length: 40 }, fork));
    await Promise.all(launched.map(({ ready }) => ready));
    expect(new Set(launched.map(({ pid }) => pid)).size).toBe(40);
  });

  it("gives each instance what was written while it loaded, a line that was begun, too", async () => {
    const { fork, lines } = await parked(`
      import { randomUUID } from "node:crypto";
      console.log("loads"); console.error("with a warning");
      process.stdout.write("id ");
      randomUUID();
      console.log("drawn");
    `);
    const first = await fork();
    await first.exited;
    const expected = ["stderr: with a warning", "stdout: id drawn", "stdout: loads"];
    expect(lines.splice(0).sort()).toEqual(expected);
    expect([...first.lastWords()].sort()).toEqual(["id drawn", "loads", "with a warning"]);
    const second = await fork();
    expect(await second.exited).toEqual({ code: 0, signal: null, cause: null });
    expect(lines.sort()).toEqual(expected);
  });

  it("of an app that ends while it is loaded says how, and that it is the app's own fault", async () => {
    const { template } = await start(`throw new TypeError("no database in DATABASE_URL");`);
    expect(await template.loaded).toEqual({
      kind: "unfit",
      reason: 'it ended with exit code 1 while it loaded the app: "TypeError: no database in DATABASE_URL"',
      place: null,
      warmUp: null,
      isOwnFault: true,
    });
    await template.ended;
    expect(template.pid).toBeNull();
  });

  it("of an app that does not come to a fork point says so, and ends", async () => {
    const { template } = await start("for (;;);", { startTimeoutMs: 500 });
    const reason = "it was not at a fork point after 500 ms";
    expect(await template.loaded).toMatchObject({ kind: "unfit", reason, isOwnFault: true });
    await template.ended;
  });

  it("that is killed while it loads is lost", async () => {
    const { template } = await start(`console.log(); for (;;);`);
    process.kill(template.pid ?? 0, "SIGKILL");
    expect(await template.loaded).toMatchObject({ kind: "lost", reason: "SIGKILL ended it while it loaded the app" });
  });

  it("that the system does not start is lost, with the cause", async () => {
    const { template } = await start(serves, { cwd: "/nowhere" });
    expect(await template.loaded).toMatchObject({ kind: "lost", cause: { code: "ENOENT" } });
    expect(template.pid).toBeNull();
    await template.ended;
    await template.stop();
  });

  it("that is stopped while it loads is lost, and leaves nothing", async () => {
    const { template } = await start("for (;;);");
    await template.stop();
    expect(await template.loaded).toMatchObject({ kind: "lost", reason: "it was stopped" });
    await template.stop();
  });

  it("may be killed: its instances go on, and nothing can be forked any more", async () => {
    const { template, fork } = await parked(serves);
    const launched = await fork();
    await launched.ready;
    process.kill(template.pid ?? 0, "SIGKILL");
    await template.ended;
    await expect(fork()).rejects.toMatchObject({ code: "ESRCH" });
    expect(await ask(launched)).toBe(`pid ${launched.pid}`);
    expect(launched.isEnding()).toBe(false);
  });

  it("killed amidst orders loses no child: each order fails, or there is an instance", async () => {
    for (const afterMs of [0, 1, 2, 4, 8, 12]) {
      const { template, fork } = await parked(serves);
      const orders = Promise.allSettled(Array.from({ length: 12 }, fork));
      await pause(afterMs);
      process.kill(template.pid ?? 0, "SIGKILL");
      const pids: (number | null)[] = [];
      for (const order of await orders) {
        if (order.status === "rejected") expect(order.reason).toMatchObject({ code: "ESRCH" });
        else pids.push(order.value.pid);
      }
      await template.ended;
      expect(childrenOf(template).filter((pid) => !pids.includes(pid))).toEqual([]);
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    }
  });

  it("that somebody has stopped is given up at the next order", async () => {
    const { template, fork } = await parked(serves);
    await spareOf(template);
    process.kill(template.pid ?? 0, "SIGSTOP");
    await until(() => !canGoOn(template.pid ?? 0));
    const launched = await fork(); // the spare
    await launched.ready;
    await expect(fork()).rejects.toMatchObject({ code: "ESRCH" });
    await template.ended;
  });

  it("does not give out a spare that was killed or stopped", async () => {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      const { template, fork } = await parked(serves);
      const spare = await spareOf(template);
      process.kill(spare, signal);
      await until(() => !canGoOn(spare));
      const launched = await fork();
      expect(launched.pid).not.toBe(spare);
      await launched.ready;
    }
  });

  it("does without a child that it has no descriptor to watch by, and lets none live on", async () => {
    const loaded = loadForking();
    if (!("forking" in loaded)) throw new Error(loaded.unavailable);
    const { forking } = loaded;
    const refused: number[] = [];
    let isRefusing = true;
    const watchExit: Forking["watchExit"] = (pid, onExit) => {
      if (!isRefusing) return forking.watchExit(pid, onExit);
      refused.push(pid);
      throw Object.assign(new Error("pidfd_open EMFILE"), { code: "EMFILE", syscall: "pidfd_open" });
    };
    const { template, fork } = await start(serves, {}, { ...forking, watchExit });
    expect(await template.loaded).toMatchObject({ kind: "parked" });
    // The spare, or a child of its own where that is refused already.
    await expect(fork()).rejects.toMatchObject({ code: "EMFILE" });
    isRefusing = false;
    await (await fork()).ready;
    expect(refused).not.toEqual([]);
    await vi.waitUntil(() => !refused.some(canGoOn));
  });

  it("keeps a child ahead, again after each start, and ends it with itself", async () => {
    const { template, fork } = await parked(serves);
    const first = await spareOf(template);
    const launched = await fork();
    expect(launched.pid).toBe(first);
    await launched.ready;
    const second = await spareOf(template, first);
    expect(await template.memoryBytes()).toBeGreaterThan(2 ** 20);
    await template.stop();
    expect(isThere(second)).toBe(false);
    expect(isThere(first)).toBe(true);
  });

  it("leaves no descriptor and no process", async () => {
    const { template: warm, fork: forkWarm } = await parked(serves);
    await end(await forkWarm());
    await warm.stop();
    const before = descriptors();
    const { template, fork } = await parked(serves);
    const launched = await Promise.all([fork(), fork(), fork()]);
    await Promise.all(launched.map(({ ready }) => ready));
    await Promise.all(launched.map(end));
    await template.stop();
    await until(() => descriptors() <= before);
  });

  it("has instances whose children fall to the host and are reaped with them", async () => {
    const { template, fork, lines } = await parked(`
      import { spawn } from "node:child_process";
      console.log("children", spawn("sleep", ["1000"]).pid, spawn("sh", ["-c", "sleep 1000 & wait"]).pid);
      ${serves}
    `);
    const launched = await fork();
    await launched.ready;
    await until(() => lines.length > 0);
    const pids = (lines[0] ?? "").split(" ").slice(2).map(Number);
    expect(pids.map(isThere)).toEqual([true, true]);
    process.kill(launched.pid ?? 0, "SIGKILL");
    expect(await launched.exited).toMatchObject({ signal: "SIGKILL" });
    for (const pid of [launched.pid, ...pids]) expect(() => statOf(pid)).toThrow("ENOENT");
    // The process in between of a fork is one for a moment.
    await until(() => !childrenOf(template).some(isZombie));
  });

  it("goes on after its memory was given back", async () => {
    const { template, fork } = await parked(serves);
    template.reclaim();
    const launched = await fork();
    await launched.ready;
    expect(await ask(launched)).toBe(`pid ${launched.pid}`);
  });
});

function ask({ endpoint }: Launched): Promise<string> {
  if (!("path" in endpoint)) throw new Error("It has no socket");
  return new Promise((resolve, reject) => {
    get({ socketPath: endpoint.path, agent: false }, (response) => {
      response.setEncoding("utf8").on("data", resolve);
    }).on("error", reject);
  });
}

function isZombie(pid: number): boolean {
  try {
    return statOf(pid)[0] === "Z";
  } catch {
    return false;
  }
}

/** Fields of `/proc/PID/stat` behind the name: state, parent, group. */
function statOf(pid: number | null): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function parentOf(pid: number | null): number {
  return Number(statOf(pid)[1]);
}

function isThere(pid: number): boolean {
  try {
    return statOf(pid)[0] !== "Z";
  } catch {
    return false;
  }
}

/** Children of this process but its template and the shell that watches it; ended ones, too. */
function childrenOf(template: Template): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").split(" ").map(Number);
  return children.filter((pid) => pid > 0 && pid !== template.pid && !nameOf(pid).includes("sh"));
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "latin1");
}

/** The child that waits in native code, once there is one. */
async function spareOf(template: Template, other: number | null = null): Promise<number> {
  let found: number | undefined;
  await until(() => {
    found = childrenOf(template).find((pid) => pid !== other && statOf(pid)[0] === "S");
    return found !== undefined;
  });
  return found ?? 0;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** For what nothing tells of: states in the kernel. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5);
}
