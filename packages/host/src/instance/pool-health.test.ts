import { functionDefaults } from "@tidegate/core";
import { afterEach, describe, expect, it } from "vitest";
import { launch } from "../launcher/launch.ts";
import type { Launch } from "../launcher/launcher.ts";
import { createTestPool, type TestPool } from "./testing/test-pool.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function create(...args: Parameters<typeof createTestPool>): Promise<TestPool> {
  const made = await createTestPool(...args);
  cleanups.push(made.stop);
  return made;
}

const { health, recycle } = functionDefaults;

describe("an instance is recycled", () => {
  it("after so many invocations: the successor is ready first, one at a time, and no invocation is lost", async () => {
    const { pool, start, invoke, event, events, most } = await create({ recycle: { ...recycle, afterInvocations: 5 } });
    await start(2);
    const pids = new Set<string>();
    while (pids.size < 5) pids.add((await invoke()).text);
    await event("instance", ({ instance, state }) => instance === "app-r1-4" && state === "stopped");
    expect(most()).toBe(3);
    const reason = events.find((each) => each.type === "instance" && each.state === "draining");
    expect(reason).toMatchObject({ reason: "it served 5 invocations" });
    const order = events.flatMap((each) =>
      each.type === "instance" && (each.state === "ready" || each.state === "draining") ? [each.state] : [],
    );
    expect(order.slice(0, 4)).toEqual(["ready", "ready", "ready", "draining"]);
    expect(events.filter(({ type }) => type === "problem")).toEqual([]);
    expect(pool.ready).toBe(2);
  });

  it("while it still answers: what runs in it is waited for", async () => {
    const { start, invoke, event, pool } = await create({ recycle: { ...recycle, afterInvocations: 1 } });
    await start(1);
    const first = pool.pick();
    if (first === null) throw new Error("No instance has room");
    first.inFlight++; // a long one
    await invoke();
    await event("instance", ({ state }) => state === "draining");
    expect(pool.infos()).toMatchObject([{ state: "draining", inFlight: 1 }, { state: "ready" }]);
    first.inFlight--;
    first.onIdle();
    await event("instance", ({ instance, state }) => instance === first.name && state === "stopped");
  });

  it.each([
    { name: "at an age", limits: { afterMs: 1 }, reason: /^it is \d+ s old$/ },
    { name: "above a memory", limits: { aboveMemoryBytes: 2 ** 20 }, reason: /^it uses \d+ MiB of memory$/ },
  ])("$name", async ({ limits, reason }) => {
    const { start, event, pool } = await create({ recycle: { ...recycle, ...limits } });
    await start(1);
    const drained = await event("instance", ({ state }) => state === "draining");
    expect(drained.instance).toBe("app-r1-1");
    expect(drained.reason).toMatch(reason);
    expect(pool.ready).toBe(1);
  });

  it("not when its successor does not start: it serves on", async () => {
    const { start, invoke, event, pool } = await create(
      { recycle: { ...recycle, afterInvocations: 1 } },
      `import { createServer } from "node:http";
       import { existsSync, writeFileSync } from "node:fs";
       if (existsSync("once")) throw new Error("not twice");
       writeFileSync("once", "");
       createServer((req, res) => res.end("fine")).listen(process.env.PORT);`,
    );
    await start(1);
    await invoke();
    await event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_EXITED");
    expect((await invoke()).text).toBe("fine");
    expect(pool.ready).toBe(1);
  });
});

describe("an unhealthy instance", () => {
  it("is replaced when its liveness path fails so often in a row", async () => {
    const liveness = { livenessPath: "/live", intervalMs: 30, failureThreshold: 2 };
    const { pool, start, invoke, event } = await create({ health: { ...health, ...liveness } });
    await start(1);
    await invoke("/sick");
    const problem = await event("problem");
    expect(problem).toMatchObject({ code: "TIDEGATE_INSTANCE_UNHEALTHY" });
    expect(problem.message).toMatch(/its liveness path "\/live" failed 2 times in a row: it answered with 503/);
    await event("instance", ({ instance, state }) => instance === "app-r1-1" && state === "stopped");
    expect(pool.ready).toBe(1);
    expect((await invoke("/live")).instance.name).toBe("app-r1-2");
  });

  it("is replaced when it fails invocations in a row, and gets no new one where there are others", async () => {
    const { pool, start, event } = await create();
    await start(2);
    const sick = pool.pick();
    for (let failures = 0; failures < 5; failures++) sick?.onOutcome(true);
    expect(sick?.state).toBe("draining");
    expect(pool.pick()?.name).toBe("app-r1-1");
    expect([pool.ready, pool.starting]).toEqual([1, 1]);
    const { message } = await event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_UNHEALTHY");
    expect(message).toContain("5 invocations failed in a row");
    await event("instance", ({ instance, state }) => instance === "app-r1-3" && state === "ready");
  });

  it("is one whose failures are not broken by an answer", async () => {
    const { pool, start, events } = await create();
    await start(1);
    const instance = pool.pick();
    for (let failures = 0; failures < 12; failures++) instance?.onOutcome(failures % 4 !== 0);
    expect(instance?.state).toBe("ready");
    expect(events.filter(({ type }) => type === "problem")).toEqual([]);
  });

  it("is killed when its event loop stands still", async () => {
    const { pool, start, invoke, event } = await create({ health: { ...health, maxEventLoopDelayMs: 200 } });
    await start(1);
    const lost = invoke("/spin").catch((error: NodeJS.ErrnoException) => error.code);
    const { message } = await event("problem");
    expect(message).toContain("its event loop stood still for 200 ms");
    expect(await lost).toBe("ECONNRESET");
    expect(pool.ready).toBe(0);
  });
});

describe("what instances use", () => {
  it("is known about a second after they are ready", async () => {
    const { pool, start, invoke } = await create();
    await start(1);
    const { instance } = await invoke();
    while (pool.metrics().memoryBytes === null) await invoke();
    expect(instance.memoryBytes).toBeGreaterThan(20 * 2 ** 20);
    while (pool.metrics().cpu === null) await invoke();
    const { cpu, eventLoopDelayMs } = pool.metrics();
    expect(cpu).toBeGreaterThan(0);
    expect(cpu).toBeLessThan(4);
    expect(eventLoopDelayMs).toBeGreaterThanOrEqual(0);
    expect(pool.infos()).toMatchObject([{ cpu, memoryBytes: instance.memoryBytes }]);
  });
});

describe("a forked child that is killed before it is ready", () => {
  /** Starts instances that are taken for forked ones, and kills some of them the moment they are there. */
  function killing(...which: readonly number[]): Launch {
    let started = 0;
    return async (options) => {
      const launched = await launch(options);
      if (which.includes(++started)) launched.signal("SIGKILL");
      return { ...launched, start: "fork" };
    };
  }

  it("is followed by another one at once, and whoever asked for it gets that", async () => {
    const { pool, events } = await create({}, undefined, { launch: killing(1) });
    expect(await pool.start()).toBeNull();
    expect(pool.infos()).toMatchObject([{ instance: "app-r1-2", state: "ready" }]);
    expect(pool.retryAt).toBe(0);
    const problems = events.flatMap((each) => (each.type === "problem" ? [each.message] : []));
    expect(problems).toEqual([expect.stringContaining('Cannot start instance "app-r1-1"')]);
  });

  it("counts as a failed start when the next one is killed, too", async () => {
    const { pool } = await create({}, undefined, { launch: killing(1, 2) });
    expect(await pool.start()).toMatchObject({ code: "TIDEGATE_INSTANCE_EXITED" });
    expect(pool.infos()).toEqual([]);
    expect(pool.retryAt).toBeGreaterThan(0);
  });

  it("stands in for the one it was to replace, as the one after it does", async () => {
    const once = { recycle: { ...recycle, afterInvocations: 1 } };
    const { start, invoke, event, most, pool } = await create(once, undefined, { launch: killing(2) });
    await start(1);
    await invoke();
    await event("instance", ({ instance, state }) => instance === "app-r1-1" && state === "stopped");
    expect(pool.infos()).toMatchObject([{ instance: "app-r1-3", state: "ready" }]);
    expect(most()).toBe(2);
  });
});
