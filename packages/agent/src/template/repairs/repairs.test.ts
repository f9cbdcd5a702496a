import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { canFork, TemplateHost, type TryOptions, testNode } from "../testing/template-host.ts";

const hosts: TemplateHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

/** A template of a server that answers with JSON of what `answer` gives. */
function load(before: string, answer: string, options: TryOptions = {}): TemplateHost {
  const host = new TemplateHost(
    {
      "app.mjs": `
        import { createServer } from "node:http";
        ${before}
        createServer(async (req, res) => res.end(JSON.stringify(${answer}))).listen(3000);`,
    },
    options,
  );
  hosts.push(host);
  return host;
}

async function ask(host: TemplateHost): Promise<{ child: Awaited<ReturnType<TemplateHost["fork"]>>; answer: unknown }> {
  const child = await host.fork();
  await child.ready;
  return { child, answer: JSON.parse(await child.text()) };
}

describe.runIf(canFork)("a forked instance", () => {
  it("has its own process id, and the host as its parent", async () => {
    const host = load("", "[process.pid, process.ppid, Object.getOwnPropertyDescriptor(process, 'pid')]");
    const { child, answer } = await ask(host);
    const descriptor = { value: child.pid, writable: false, enumerable: true, configurable: true };
    expect(answer).toEqual([child.pid, process.pid, descriptor]);
  });

  it("finds Node as it is: nothing stands in for its functions any more", async () => {
    const places = [
      "net.Socket.prototype.connect",
      "fs.openSync",
      "fs.promises.open",
      "setTimeout",
      "setInterval",
      "timers.setTimeout",
      "timersPromises.setTimeout",
      "AbortSignal.timeout",
      "perfHooks.monitorEventLoopDelay",
      "process.emit",
      "process.exit",
      "process.kill",
      "crypto.randomBytes",
      "Math.random",
    ];
    const app = `
      import crypto from "node:crypto"; import fs from "node:fs"; import net from "node:net";
      import perfHooks from "node:perf_hooks"; import timers from "node:timers"; import timersPromises from "node:timers/promises";`;
    const looks = places.map((place) => `"${place}": [${place}.toString(), ${place}.name, ${place}.length]`).join(",");
    const answer = `({ ${looks}, args: process.execArgv, env: Object.keys(process.env).filter((key) => /^TIDEGATE_TEMPLATE|LD_PRELOAD/.test(key)),
      own: Object.keys(process), ownEmit: Object.hasOwn(process, "emit"),
      same: timers.setTimeout === setTimeout, global: Object.getOwnPropertyDescriptor(globalThis, "setTimeout") })`;
    const nodeArgs = ["--stack-trace-limit=20"];
    const host = load(app, answer, { nodeArgs });
    const file = join(host.folder, "plain.mjs");
    await writeFile(file, `${app}\nconsole.log(JSON.stringify(${answer}));`);
    const { stdout } = await promisify(execFile)(testNode, [...nodeArgs, file]);
    const plain = JSON.parse(stdout);
    expect((await ask(host)).answer).toEqual(plain);
  });

  it("has clocks that go on from loading, without the time its template waited", async () => {
    const clocks =
      "({ up: process.uptime(), now: performance.now(), date: Date.now(), origin: performance.timeOrigin, elu: performance.eventLoopUtilization() })";
    const host = load(
      `const loaded = ${clocks}; performance.mark("loaded");`,
      `{ loaded, now: ${clocks}, mark: performance.mark("asked").startTime, measured: performance.measure("all", "loaded").duration,
         json: performance.toJSON().timeOrigin, later: performance.eventLoopUtilization(loaded.elu) }`,
    );
    await host.parked();
    const parkedMs = 1_500;
    await new Promise((resolve) => setTimeout(resolve, parkedMs));
    const { loaded, now, mark, measured, json, later } = (await ask(host)).answer as Record<
      string,
      Record<string, number>
    > & { mark: number; measured: number; json: number };
    const passed = (now?.now ?? 0) - (loaded?.now ?? 0);
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThan(parkedMs);
    expect(((now?.up ?? 0) - (loaded?.up ?? 0)) * 1_000).toBeCloseTo(passed, -1);
    // The time since the origin is what the clock says.
    expect((now?.origin ?? 0) + (now?.now ?? 0)).toBeCloseTo(now?.date ?? 0, -2);
    expect(mark).toBeCloseTo(now?.now ?? 0, -1);
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThanOrEqual(passed + 5);
    expect(json).toBe(now?.origin);
    expect(later?.active).toBeLessThan(parkedMs);
    expect(later?.utilization).toBeLessThanOrEqual(1);
  });

  it("counts its timers from the fork", async () => {
    const host = load(
      `const fired = []; const at = performance.now();
       const told = (name) => () => fired.push([name, Math.round(performance.now() - at)]);
       setTimeout(told("later"), 900); setTimeout(told("soon"), 400); setInterval(told("again"), 600).unref();
       const signal = AbortSignal.timeout(500); signal.onabort = told("abort");
       import { setTimeout as pause } from "node:timers/promises"; void pause(700).then(told("pause"));
       const stopped = setTimeout(told("never"), 450);`,
      `(clearTimeout(stopped), fired)`,
    );
    await host.parked();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const { child, answer } = await ask(host);
    expect(answer).toEqual([]);
    await expect
      .poll(async () => (JSON.parse(await child.text()) as unknown[]).length, { timeout: 5_000 })
      .toBeGreaterThan(5);
    const fired = JSON.parse(await child.text()) as [string, number][];
    expect(fired.slice(0, 6).map(([name]) => name)).toEqual(["soon", "abort", "again", "pause", "later", "again"]);
    const wanted = [400, 500, 600, 700, 900, 1_200];
    for (const [index, [, at]] of fired.slice(0, 6).entries())
      expect(at).toBeGreaterThanOrEqual((wanted[index] ?? 0) - 5);
  });

  it("reads use that goes on from its template's", async () => {
    const host = load(
      `const use = () => ({ cpu: process.cpuUsage(), resource: process.resourceUsage() }); const loaded = use();`,
      `{ loaded, now: use(), since: process.cpuUsage(loaded.cpu), cpuError: (() => { try { process.cpuUsage({ user: -1, system: 0 }); } catch (error) { return error.code; } })() }`,
    );
    const { child, answer } = await ask(host);
    const { loaded, now, since, cpuError } = answer as Record<
      "loaded" | "now",
      { cpu: NodeJS.CpuUsage; resource: NodeJS.ResourceUsage }
    > & { since: NodeJS.CpuUsage; cpuError: string };
    expect(now.cpu.user).toBeGreaterThan(loaded.cpu.user);
    expect(now.cpu.system).toBeGreaterThanOrEqual(loaded.cpu.system);
    expect(since.user).toBeGreaterThan(0);
    expect(now.resource.userCPUTime).toBeGreaterThan(loaded.resource.userCPUTime);
    expect(now.resource.minorPageFault).toBeGreaterThan(loaded.resource.minorPageFault);
    expect(cpuError).toBe("ERR_INVALID_ARG_VALUE");
    // What the host is told is the instance's own use.
    expect(Number((await child.measure()).cpuMs) * 1_000).toBeLessThan(now.cpu.user);
  });

  it("sees no long delay of the event loop where its template waited", async () => {
    const host = load(
      `import { monitorEventLoopDelay } from "node:perf_hooks";
       const delay = monitorEventLoopDelay({ resolution: 5 }); delay.enable();`,
      `(await new Promise((resolve) => setTimeout(resolve, 50)), { max: delay.max / 1e6, count: delay.count })`,
    );
    await host.parked();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { max, count } = (await ask(host)).answer as { max: number; count: number };
    expect(count).toBeGreaterThan(0);
    expect(max).toBeLessThan(900);
  });

  it("reads on in a file where the app was, and not where a sibling is", async () => {
    const host = load(
      `import { openSync, readSync } from "node:fs";
       const file = openSync("app.mjs"); const next = () => { const bytes = Buffer.alloc(10); readSync(file, bytes); return bytes.toString(); };
       const first = next();`,
      `[first, next(), next()]`,
    );
    const [one, other] = [await ask(host), await ask(host)];
    expect(one.answer).toEqual(other.answer);
    expect(new Set(one.answer as string[]).size).toBeGreaterThan(1);
  });

  it("sends a Date of now after warm-up requests", async () => {
    const host = load("", "null", { warmUp: ["/"] });
    await host.parked();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const child = await host.fork();
    await child.ready;
    const { headers } = await child.ask();
    expect(Math.abs(Date.parse(String(headers.date)) - Date.now())).toBeLessThan(2_000);
  });

  it("tells the app, in order, before it goes on", async () => {
    const host = load(
      `const calls = []; const key = Symbol.for("tidegate.onFork");
       globalThis[key] = new Set([() => calls.push(process.pid), () => { throw new Error("in a callback"); }, () => calls.push("last")]);
       process.on("uncaughtException", (error) => calls.push(error.message));`,
      "calls",
    );
    const { child, answer } = await ask(host);
    expect(answer).toEqual([child.pid, "last", "in a callback"]);
  });
});
