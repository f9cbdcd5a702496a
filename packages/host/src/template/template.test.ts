import { setTimeout as pause } from "node:timers/promises";
import { type Forking, loadForking } from "@tidegate/fork";
import { afterEach, describe, expect, it, vi } from "vitest";
import { canGoOn } from "../launcher/is-ending.ts";
import { descriptors, isThere, isZombie, parentOf, statOf, until } from "./testing/processes.ts";
import {
  ask,
  childrenOf,
  end,
  endTemplates,
  loadingTemplate,
  parkedTemplate,
  serves,
  spareOf,
} from "./testing/test-template.ts";

afterEach(endTemplates);

describe.runIf("forking" in loadForking())("a template", () => {
  it("forks instances that are children of the host, each with its own number, by a spare or without", async () => {
    const { template, fork } = await parkedTemplate(serves);
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
    const { fork } = await parkedTemplate(serves);
    const launched = await Promise.all(Array.from({ length: 40 }, fork));
    await Promise.all(launched.map(({ ready }) => ready));
    expect(new Set(launched.map(({ pid }) => pid)).size).toBe(40);
  });

  it("gives each instance what was written while it loaded, a line that was begun, too", async () => {
    const { fork, lines } = await parkedTemplate(`
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
    const { template } = await loadingTemplate(`throw new TypeError("no database in DATABASE_URL");`);
    expect(await template.loaded).toEqual({
      kind: "unfit",
      reason: 'it ended with exit code 1 while it loaded the app: "TypeError: no database in DATABASE_URL"',
      place: null,
      warmUp: null,
      isOwnFault: true,
      isTimeout: false,
      lastWords: expect.arrayContaining(["TypeError: no database in DATABASE_URL"]),
    });
    await template.ended;
    expect(template.pid).toBeNull();
  });

  it("of an app that does not come to a fork point says so, and ends", async () => {
    const { template } = await loadingTemplate("for (;;);", { startTimeoutMs: 500 });
    const reason = "it was not at a fork point after 500 ms";
    expect(await template.loaded).toMatchObject({ kind: "unfit", reason, isOwnFault: true });
    await template.ended;
  });

  it("that is killed while it loads is lost", async () => {
    const { template } = await loadingTemplate(`console.log(); for (;;);`);
    process.kill(template.pid ?? 0, "SIGKILL");
    expect(await template.loaded).toMatchObject({ kind: "lost", reason: "SIGKILL ended it while it loaded the app" });
  });

  it("that the system does not start is lost, with the cause", async () => {
    const { template } = await loadingTemplate(serves, { cwd: "/nowhere" });
    expect(await template.loaded).toMatchObject({ kind: "lost", cause: { code: "ENOENT" } });
    expect(template.pid).toBeNull();
    await template.ended;
    await template.stop();
  });

  it("that is stopped while it loads is lost, and leaves nothing", async () => {
    const { template } = await loadingTemplate("for (;;);");
    await template.stop();
    expect(await template.loaded).toMatchObject({ kind: "lost", reason: "it was stopped" });
    await template.stop();
  });

  it("may be killed: its instances go on, and nothing can be forked any more", async () => {
    const { template, fork } = await parkedTemplate(serves);
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
      const { template, fork } = await parkedTemplate(serves);
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
      await endTemplates();
    }
  });

  it("that somebody has stopped is given up at the next order", async () => {
    const { template, fork } = await parkedTemplate(serves);
    await spareOf(template);
    process.kill(template.pid ?? 0, "SIGSTOP");
    await until(() => !canGoOn(template.pid ?? 0));
    const launched = await fork(); // the spare
    await launched.ready;
    await expect(fork()).rejects.toMatchObject({ code: "ESRCH" });
    await template.ended;
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
    const { template, fork } = await loadingTemplate(serves, {}, { ...forking, watchExit });
    expect(await template.loaded).toMatchObject({ kind: "parked" });
    // The spare, or a child of its own where that is refused already.
    await expect(fork()).rejects.toMatchObject({ code: "EMFILE" });
    isRefusing = false;
    await (await fork()).ready;
    expect(refused).not.toEqual([]);
    await vi.waitUntil(() => !refused.some(canGoOn));
  });

  it("leaves no descriptor and no process", async () => {
    const { template: warm, fork: forkWarm } = await parkedTemplate(serves);
    await end(await forkWarm());
    await warm.stop();
    const before = descriptors();
    const { template, fork } = await parkedTemplate(serves);
    const launched = await Promise.all([fork(), fork(), fork()]);
    await Promise.all(launched.map(({ ready }) => ready));
    await Promise.all(launched.map(end));
    await template.stop();
    await until(() => descriptors() <= before);
  });

  it("has instances whose children fall to the host and are reaped with them", async () => {
    const { template, fork, lines } = await parkedTemplate(`
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
    const { template, fork } = await parkedTemplate(serves);
    template.reclaim();
    const launched = await fork();
    await launched.ready;
    expect(await ask(launched)).toBe(`pid ${launched.pid}`);
  });
});
