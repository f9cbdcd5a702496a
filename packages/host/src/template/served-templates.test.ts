import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TemplateInfo } from "@tidegate/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHost } from "../host.ts";
import type { FunctionOptions, Host, HostEvent, HostOptions } from "../host-options.ts";
import { whyUnavailable } from "./start-template.ts";

// Many processes start and end one after the other, and other tests run beside.
vi.setConfig({ testTimeout: 60_000 });

/** Answers with its word, its process, and how long it was asked to wait. */
const app = `
const word = "one";
require("node:http").createServer((request, response) => {
  const wait = Number(new URL(request.url, "http://app").searchParams.get("ms") ?? 0);
  setTimeout(() => response.end(word + " " + process.pid), wait);
}).listen(process.env.PORT);
`;

/** Works as a process; a forked instance of it crashes. */
const crashesForked = `
(globalThis[Symbol.for("tidegate.onFork")] ??= new Set()).add(() => process.kill(process.pid, "SIGSEGV"));
${app}
`;

/** Works as a process; a forked instance of it never listens. */
const hangsForked = `
(globalThis[Symbol.for("tidegate.onFork")] ??= new Set()).add(() => { for (;;); });
${app}
`;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Served {
  readonly host: Host;
  readonly events: HostEvent[];
  readonly file: string;
  ask(path?: string): Promise<string>;
  /** Resolves with the template of the revision that serves, when it is so. */
  template(matches: (template: TemplateInfo) => boolean): Promise<TemplateInfo>;
  /** Resolves with how instances were started that got ready so far. */
  starts(): string[];
}

async function serve(
  program: string,
  options: Partial<FunctionOptions> = {},
  hostOptions: Partial<HostOptions> = {},
): Promise<Served> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-templates-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  const file = join(dir, "app.cjs");
  await writeFile(file, program);
  const events: HostEvent[] = [];
  const host = createHost({
    port: 0,
    functions: [{ name: "app", entry: { kind: "node", file }, cwd: dir, ...options }],
    onEvent: (event) => events.push(event),
    ...hostOptions,
  });
  await host.start();
  cleanups.push(() => host.stop());
  const template = (): TemplateInfo | undefined => host.functions()[0]?.template;
  return {
    host,
    events,
    file,
    ask: async (path = "/") => (await fetch(new URL(path, host.url))).text(),
    template: (matches) =>
      vi.waitUntil(() => {
        const info = template();
        return info !== undefined && matches(info) && info;
      }, 20_000),
    starts: () => events.flatMap((event) => (event.type === "instance" && event.startMs !== null ? [event.start] : [])),
  };
}

const isParked = ({ state }: TemplateInfo): boolean => state === "parked";

/** Whether the process is there, and not only waiting to be reaped. */
async function lives(pid: number | null): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => ") Z");
  return !/\) [ZX]/.test(stat);
}

describe.skipIf(whyUnavailable() !== null)("templates of a host", () => {
  it("are built when it starts, so that the first request gets a forked instance; nothing is left when it stops", async () => {
    const { host, template, ask, starts } = await serve(app);
    const { pid, point } = await template(isParked);
    expect(point?.effect).toBe("listen");
    const [, served] = (await ask()).split(" ");
    expect(starts()).toEqual(["fork"]);
    expect(host.instances()).toMatchObject([{ start: "fork", pid: Number(served), revision: "r1" }]);
    expect(host.functions()[0]?.template).toMatchObject({ state: "parked", pid, forks: 1 });
    await host.stop();
    expect(await Promise.all([lives(pid), lives(Number(served))])).toEqual([false, false]);
  });

  it("serve instances that are kept, bursts, and replacements", async () => {
    const { template, ask, starts } = await serve(app, {
      concurrency: 1,
      recycle: { afterInvocations: 1, afterMs: 0, aboveMemoryBytes: 0 },
      scaling: { minInstances: 2 },
    });
    await vi.waitUntil(() => starts().length === 2, 20_000);
    await template(isParked);
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask("/?ms=300")));
    expect(new Set(answers).size).toBeGreaterThan(3);
    await vi.waitUntil(() => starts().length > new Set(answers).size, 20_000);
    expect(new Set(starts())).toEqual(new Set(["fork"]));
  });

  it("go with their revision, whose instances answer what they have", async () => {
    const { host, template, ask, starts, file, events } = await serve(app);
    const old = await template(isParked);
    const slow = ask("/?ms=1500");
    await vi.waitUntil(() => host.counters().inFlight === 1);
    await writeFile(file, app.replace("one", "two"));
    await host.reload("app");
    const next = await template(isParked);
    expect(next).toMatchObject({ revision: "r2" });
    expect(next.pid).not.toBe(old.pid);
    await vi.waitUntil(async () => !(await lives(old.pid)), 1_000);
    expect(await ask()).toMatch(/^two /);
    expect(await slow).toMatch(/^one /);
    expect(starts()).toEqual(["fork", "fork"]);
    expect(events.filter(({ type }) => type === "problem")).toEqual([]);
  });

  it("are built anew when they are killed; their instances live on, and requests are answered meanwhile", async () => {
    const { template, ask, host } = await serve(app, { concurrency: 1 });
    const { pid } = await template(isParked);
    const first = await ask();
    process.kill(pid ?? 0, "SIGKILL");
    const answers = await Promise.all([ask("/?ms=100"), ask("/?ms=100"), ask()]);
    expect(answers.some((answer) => answer === first)).toBe(true);
    const next = await template((info) => isParked(info) && info.pid !== pid);
    expect(next.revision).toBe("r1");
    const count = host.instances().filter(({ start }) => start === "fork").length;
    await Promise.all(Array.from({ length: 5 }, () => ask("/?ms=300")));
    expect(host.instances().filter(({ start }) => start === "fork").length).toBeGreaterThan(count);
  });

  it("are given up when instances crash that were forked, and no request fails for it that can be served", async () => {
    const { template, ask, starts, events } = await serve(crashesForked);
    const { pid } = await template(isParked);
    expect(await ask()).toMatch(/^one /);
    expect(starts()).toEqual(["process"]);
    const codes = events.flatMap((event) => (event.type === "problem" ? [event.code] : []));
    expect(codes).toContain("TIDEGATE_FORK_ABANDONED");
    expect(codes).not.toContain("TIDEGATE_CRASH_LOOP");
    const { reason } = await template(({ state }) => state === "dropped");
    expect(reason).toBe("forked instances failed where plain processes do not");
    await vi.waitUntil(async () => !(await lives(pid)), 1_000);
  });

  it("are given up when a forked instance never gets ready, and who waited for it is served", async () => {
    const { template, ask, starts, events } = await serve(hangsForked, { startTimeoutMs: 3_000 });
    await template(isParked);
    expect(await ask()).toMatch(/^one /);
    expect(starts()).toEqual(["process"]);
    const codes = events.flatMap((event) => (event.type === "problem" ? [event.code] : []));
    expect(codes).toEqual(["TIDEGATE_INSTANCE_START_TIMEOUT", "TIDEGATE_FORK_ABANDONED"]);
  });

  it("do not keep an app that fails either way from being started ever more rarely", async () => {
    const fails = `require("node:fs").writeFileSync("started", ""); throw new Error("no database");`;
    const { events } = await serve(fails, { scaling: { minInstances: 1 } });
    const isPaced = (event: HostEvent): boolean =>
      event.type === "problem" && event.code === "TIDEGATE_CRASH_LOOP" && event.message.includes("failed 5 times");
    await vi.waitUntil(() => events.some(isPaced), 20_000);
  });

  it("are none where they may have no memory", async () => {
    const { template, ask, starts } = await serve(app, {}, { templates: { memoryBytes: 0 } });
    await template(({ reason }) => reason === "there is no memory for it");
    expect(await ask()).toMatch(/^one /);
    expect(starts()).toEqual(["process"]);
  });

  it.each([0, 8])("have no room in %i MiB, where nothing else may do: requests are told so", async (mebibytes) => {
    const templates = { memoryBytes: mebibytes * 2 ** 20 };
    const { events, host, starts, template } = await serve(app, { start: "fork" }, { templates });
    for (let request = 0; request < 2; request++) {
      const response = await fetch(host.url);
      expect(response.status).toBe(503);
      expect(await response.text()).toContain("TIDEGATE_FORK_UNAVAILABLE");
    }
    expect(starts()).toEqual([]);
    expect(await template(() => true)).toMatchObject({ pid: null, forks: 0 });
    const codes = events.flatMap((event) => (event.type === "problem" ? [event.code] : []));
    expect(new Set(codes)).toEqual(new Set(["TIDEGATE_FORK_UNAVAILABLE"]));
  });

  it("are loaded again after an app failed by itself where nothing else may do; what it wrote is told", async () => {
    const fails = `if (!require("node:fs").existsSync("database")) throw new Error("no database");\n${app}`;
    const { events, file, host, starts } = await serve(fails, { start: "fork" });
    const response = await fetch(host.url);
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/TIDEGATE_FORK_UNAVAILABLE.*no database/);
    const lines = events.flatMap((event) => (event.type === "output" ? [event.line] : []));
    expect(lines).toContainEqual(expect.stringContaining("app.cjs:1:"));
    await writeFile(join(file, "../database"), "");
    await vi.waitUntil(async () => (await fetch(host.url)).ok, { timeout: 20_000, interval: 100 });
    expect(starts()).toEqual(["fork"]);
  });

  it("keep nobody waiting for longer than startTimeout where nothing else may do", async () => {
    const { events, host } = await serve("for (;;);", { start: "fork", startTimeoutMs: 1_000 });
    const response = await fetch(host.url);
    expect([response.status, await response.text()]).toEqual([
      503,
      expect.stringMatching(/TIDEGATE_INSTANCE_START_TIMEOUT.*its template was not at a fork point after 1000 ms/),
    ]);
    const codes = events.flatMap((event) => (event.type === "problem" ? [event.code] : []));
    expect(codes).toEqual(["TIDEGATE_INSTANCE_START_TIMEOUT"]);
  });

  it("are none for functions that are to start as processes", async () => {
    const { template, ask, starts } = await serve(app, { start: "process" });
    expect(await ask()).toMatch(/^one /);
    expect(starts()).toEqual(["process"]);
    expect(await template(({ state }) => state === "none")).toMatchObject({
      reason: 'its setting is "start: process"',
    });
  });
});
