import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { functionDefaults } from "@tidegate/core";
import { afterEach, describe, expect, it } from "vitest";
import type { Instance } from "./instance.ts";
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

function take(instance: Instance | null): Instance {
  if (instance === null) throw new Error("No instance has room");
  instance.inFlight++;
  return instance;
}

const namesOf = (instances: readonly Instance[]): string[] => instances.map(({ name }) => name);

describe("InstancePool.pick", () => {
  it("takes the least loaded, the freshest of equals, the preferred before, the avoided never", async () => {
    const { pool, start } = await create({ concurrency: 2 });
    expect(pool.pick()).toBeNull();
    await start(3);
    const first = take(pool.pick());
    expect(first.name).toBe("app-r1-3");
    first.inFlight--;
    expect(take(pool.pick()).name).toBe(first.name); // used last
    const second = take(pool.pick());
    expect(second.name).toBe("app-r1-2");
    expect(pool.pick(first.name)?.name).toBe(first.name);
    expect(pool.pick(null, pool.pick())?.name).not.toBe(pool.pick()?.name);
    expect(pool.pick("app-r1-9")?.name).toBe("app-r1-1");
    take(pool.pick("app-r1-3"));
    expect(pool.pick(first.name)?.name).toBe("app-r1-1"); // the preferred one is full
  });

  it("thaws the instance frozen last, when no ready one has room, and the preferred one", async () => {
    const { pool, start, invoke } = await create({ concurrency: 1 });
    await start(3);
    pool.scaleTo({ desired: 3, frozen: 2 }, "idle");
    expect([pool.ready, pool.frozen]).toEqual([1, 2]);
    const busy = take(pool.pick());
    expect(pool.frozen).toBe(2);
    const { instance, text } = await invoke();
    expect(instance.state).toBe("ready");
    expect(text).toBe(String(instance.pid));
    expect([pool.ready, pool.frozen]).toEqual([2, 1]);
    const frozen = pool.infos().find(({ state }) => state === "frozen");
    expect(pool.pick(frozen?.instance)?.state).toBe("ready");
    expect(busy.inFlight).toBe(1);
  });
});

describe("InstancePool.scaleTo", () => {
  it("drains frozen ones, then the coldest idle, and busy ones only when no idle is left", async () => {
    const { pool, start, event } = await create({ concurrency: 1 });
    await start(4);
    const busy = take(pool.pick());
    pool.scaleTo({ desired: 4, frozen: 1 }, "idle");
    const order = namesOf(pool.idle());
    expect(order).toEqual(["app-r1-1", "app-r1-2", "app-r1-3"]);
    for (const [index, name] of order.entries()) {
      pool.scaleTo({ desired: 3 - index, frozen: 0 }, "less load");
      await event("instance", ({ instance, state }) => instance === name && state === "stopped");
    }
    expect(namesOf([busy])).toEqual(pool.infos().map(({ instance }) => instance));
    pool.scaleTo({ desired: 0, frozen: 0 }, "no load");
    expect(busy.state).toBe("draining");
    busy.inFlight--;
    busy.onIdle();
    await event("instance", ({ instance, state }) => instance === busy.name && state === "stopped");
  });

  it("starts no more at once than there are permits, and takes back starts that have no process yet", async () => {
    const { pool, event } = await create();
    pool.scaleTo({ desired: 50, frozen: 0 }, "burst");
    expect(pool.starting).toBeLessThan(50);
    expect(pool.starting).toBeGreaterThanOrEqual(2);
    const { starting } = pool;
    pool.scaleTo({ desired: 1, frozen: 0 }, "over");
    expect(pool.starting).toBe(1);
    expect(starting).toBeGreaterThan(1);
    await event("instance", ({ state }) => state === "ready");
    expect([pool.ready, pool.starting]).toEqual([1, 0]);
  });

  it("expects a start to last as long as the last ones did", async () => {
    const { pool, start, event } = await create();
    expect(pool.startMs).toBeGreaterThan(0);
    await start(1);
    const { startMs } = await event("instance", ({ state }) => state === "ready");
    expect(pool.startMs).toBe(startMs);
  });
});

it("an instance is asked to end once only", async () => {
  const app = `
import { createServer } from "node:http";
process.on("SIGTERM", () => { console.log("asked to end"); setTimeout(() => process.exit(), 200); });
createServer((req, res) => res.end()).listen(process.env.PORT);
`;
  const { pool, start, event, events } = await create({}, app);
  await start(1);
  const closed = pool.close("terminate", "the host stops");
  await event("output", ({ line }) => line === "asked to end");
  await Promise.all([closed, pool.close("terminate", "the host stops")]);
  expect(events.filter((each) => each.type === "output" && each.line === "asked to end")).toHaveLength(1);
});

describe("a frozen instance", () => {
  it("is not made of one with invocations in flight", async () => {
    const { pool, start } = await create();
    await start(1);
    const instance = take(pool.pick());
    pool.scaleTo({ desired: 1, frozen: 1 }, "idle");
    expect(instance.state).toBe("ready");
    instance.inFlight--;
    pool.scaleTo({ desired: 1, frozen: 1 }, "idle");
    expect(instance.state).toBe("frozen");
    pool.scaleTo({ desired: 1, frozen: 0 }, "must be warm");
    expect(instance.state).toBe("ready");
  });

  it("answers within milliseconds after its thaw, and tells no new start", async () => {
    const { pool, start, invoke, events } = await create();
    await start(1);
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      await invoke();
      pool.scaleTo({ desired: 1, frozen: 1 }, "idle");
      expect(pool.frozen).toBe(1);
      const at = performance.now();
      await invoke();
      times.push(performance.now() - at);
    }
    const median = times.sort((a, b) => a - b)[10] ?? 0;
    expect(median).toBeLessThan(50);
    const starts = events.filter((event) => event.type === "instance" && event.startMs !== null);
    expect(starts).toHaveLength(1);
  });

  it("handles SIGTERM when it drains", async () => {
    const { pool, start, event } = await create();
    await start(1);
    pool.scaleTo({ desired: 1, frozen: 1 }, "idle");
    pool.scaleTo({ desired: 0, frozen: 0 }, "no load");
    await event("output", ({ line }) => line === "asked to end");
    await event("instance", ({ state }) => state === "stopped");
  });

  it("does not fail its checks", async () => {
    const health = {
      ...functionDefaults.health,
      livenessPath: "/live",
      intervalMs: 20,
      timeoutMs: 40,
      failureThreshold: 1,
    };
    const { pool, start, events } = await create({ health: { ...health, maxEventLoopDelayMs: 100 } });
    await start(1);
    pool.scaleTo({ desired: 1, frozen: 1 }, "idle");
    await pause(400); // longer than all of its limits
    expect(pool.pick()?.state).toBe("ready");
    expect(events.filter(({ type }) => type === "problem")).toEqual([]);
    expect(pool.ready).toBe(1);
  });

  it("fails when its process is killed, and counts no more", async () => {
    const { pool, start, event, invoke } = await create();
    await start(1);
    const { instance } = await invoke();
    pool.scaleTo({ desired: 1, frozen: 1 }, "idle");
    process.kill(instance.pid ?? 0, "SIGKILL");
    await event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_LOST");
    expect([pool.ready, pool.frozen]).toEqual([0, 0]);
  });
});

describe("starts that fail", () => {
  it("do not disturb ready instances, and are tried again once one works", async () => {
    const { pool, start, invoke, dir, events } = await create(
      {},
      `import { existsSync } from "node:fs";
       import { createServer } from "node:http";
       if (existsSync("broken")) throw new Error("no database today");
       createServer((req, res) => res.end("fine")).listen(process.env.PORT);`,
    );
    await start(1);
    await mkdir(join(dir, "broken"));
    for (let failure = 0; failure < 3; failure++) {
      expect(await pool.start()).toMatchObject({ code: "TIDEGATE_INSTANCE_EXITED" });
    }
    expect(pool.retryAt).toBeGreaterThan(performance.now());
    expect(pool.refusal(performance.now())).toBeNull();
    expect(pool.startRefusal(performance.now())).toBeNull();
    expect(events.filter((event) => event.type === "problem" && event.code === "TIDEGATE_CRASH_LOOP")).toHaveLength(1);
    pool.scaleTo({ desired: 2, frozen: 0 }, "more load");
    expect(pool.starting).toBe(0); // the pause is not over
    expect((await invoke()).text).toBe("fine");
    expect(pool.retryAt).toBe(0);
    pool.scaleTo({ desired: 2, frozen: 0 }, "more load");
    expect(pool.starting).toBe(1);
  });

  it.each([
    {
      name: "the path of the socket is too long",
      runtimeDir: (dir: string) => join(dir, "x".repeat(100)),
      says: /the path of its socket would be longer than \d+ bytes: ".*"; set another runtimeDir/,
    },
    {
      name: "there can be no folder for the socket",
      runtimeDir: () => "/proc/self/nowhere",
      says: /it does not exist \(ENOENT: no such file or directory, mkdir/,
    },
  ])("say why when $name", async ({ runtimeDir, says }) => {
    const outer = await create();
    const { pool, event } = await create({}, undefined, { runtimeDir: runtimeDir(outer.dir) });
    expect(await pool.start()).toMatchObject({
      code: "TIDEGATE_INSTANCE_LAUNCH_FAILED",
      message: expect.stringMatching(says),
    });
    await event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_LAUNCH_FAILED");
    expect(pool.starting).toBe(0);
  });

  it("say why when the command is not there", async () => {
    const { pool } = await create({ entry: { kind: "command", command: ["/nowhere/server"] } });
    expect(await pool.start()).toMatchObject({
      code: "TIDEGATE_INSTANCE_LAUNCH_FAILED",
      message: 'Cannot start instance "app-r1-1" of function "app": it does not exist (spawn /nowhere/server ENOENT)',
    });
  });
});
