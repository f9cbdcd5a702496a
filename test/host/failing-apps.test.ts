import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createHost, HostError } from "@tidegate/host";
import { describe, expect, it } from "vitest";
import { fixture } from "../served-app.ts";
import { cleanups, errorOf, isAlive, scratch, serve, serveProgram } from "./test-host.ts";

describe("apps that fail", () => {
  it("throws at load: 503 at once after three tries, its last words in the log, later tries after a pause", async () => {
    const served = await serveProgram(`throw new Error("no database today")`);
    expect(await errorOf(await fetch(served.url))).toEqual({
      status: 503,
      retryAfter: "1",
      code: "TIDEGATE_CRASH_LOOP",
    });
    const problems = served.events.filter(({ type }) => type === "problem");
    expect(problems.slice(0, 1)).toMatchObject([
      {
        code: "TIDEGATE_INSTANCE_EXITED",
        message: expect.stringMatching(/exit code 1 before it listened; its last words:[\s\S]*no database today/),
      },
    ]);
    expect(problems.at(-1)).toMatchObject({
      code: "TIDEGATE_CRASH_LOOP",
      message: expect.stringMatching(/failed 3 times in a row: the next start is in 1000 ms/),
    });
    expect(await errorOf(await fetch(served.url))).toMatchObject({ status: 503, code: "TIDEGATE_CRASH_LOOP" });
    expect(served.events.filter((event) => event.type === "instance" && event.state === "starting")).toHaveLength(3);
  });

  it("never listens: 503 after the start timeout with that reason, and the process is gone", async () => {
    const served = await serveProgram("setInterval(() => {}, 1000)", { startTimeoutMs: 300 });
    const first = fetch(served.url);
    await served.event("instance", ({ state }) => state === "starting");
    // Came during the first start: it waits for the next one to fail as well.
    const second = fetch(served.url);
    expect(await (await first).json()).toMatchObject({
      error: {
        code: "TIDEGATE_INSTANCE_START_TIMEOUT",
        message: 'Cannot start instance "app-r1-1" of function "app": it does not listen after 300 ms',
      },
    });
    expect((await first).headers.get("retry-after")).toBe("1");
    expect(await (await second).json()).toMatchObject({
      error: { code: "TIDEGATE_INSTANCE_START_TIMEOUT", message: expect.stringContaining('"app-r1-2"') },
    });
    await served.event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_START_TIMEOUT");
    const problem = await served.event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_START_TIMEOUT");
    expect(problem.message).toMatch(/does not listen after 300 ms; it wrote nothing$/);
    const { pid } = await served.event("instance", ({ state }) => state === "failed");
    expect(isAlive(pid)).toBe(false);
  });

  it("ends without listening: says so", async () => {
    const served = await serveProgram("console.log('done here')");
    await fetch(served.url);
    const problem = await served.event("problem");
    expect(problem.message).toMatch(/exit code 0 before it listened; its last words:\ndone here$/);
  });

  it("listens and dies: its requests are answered with 502 or 503, and starts back off", async () => {
    const served = await serveProgram(
      `import { createServer } from "node:http"; createServer().listen(0, () => setTimeout(() => { console.error("goodbye"); process.exit(9); }, 50))`,
    );
    const response = await fetch(served.url);
    expect([502, 503]).toContain(response.status);
    const problem = await served.event("problem", ({ code }) => code === "TIDEGATE_INSTANCE_LOST");
    expect(problem.message).toMatch(/exit code 9; its last words:\ngoodbye$/);
    await fetch(served.url);
    await served.event("problem", ({ code }) => code === "TIDEGATE_CRASH_LOOP");
  });

  it("recovers from a crash loop without a restart of the host", async () => {
    const dir = await scratch({ "app.mjs": "throw new Error('not yet')" });
    const served = await serve({ kind: "node", file: join(dir, "app.mjs") }, { cwd: dir });
    expect((await fetch(served.url)).status).toBe(503);
    await writeFile(join(dir, "app.mjs"), "export default (req, res) => res.end('well again')");
    await served.host.reload("app");
    expect(await (await fetch(served.url)).text()).toBe("well again");
  });

  it("answers too late: 504 with a code", async () => {
    const served = await serve("app.js", { timeoutMs: 200 });
    expect(await errorOf(await fetch(`${served.url}/hang`))).toMatchObject({
      status: 504,
      code: "TIDEGATE_RESPONSE_TIMEOUT",
    });
    expect(served.host.counters()).toMatchObject({ inFlight: 0 });
  });

  it("fails to start until the queue timeout: 503 with the reason of the last start", async () => {
    const served = await serveProgram("setTimeout(() => process.exit(3), 1200)", { queueTimeoutMs: 2500 });
    expect(await errorOf(await fetch(served.url))).toMatchObject({ status: 503, code: "TIDEGATE_INSTANCE_EXITED" });
  });

  it("has no room for too long, or too many wait: 503 with a code", async () => {
    const served = await serve("app.js", {
      concurrency: 1,
      queueLimit: 1,
      queueTimeoutMs: 200,
      scaling: { maxInstances: 1 },
    });
    await fetch(served.url);
    const running = fetch(`${served.url}/slow?ms=2500`);
    while (served.host.counters().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = fetch(`${served.url}/waits`);
    while (served.host.counters().queued === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await errorOf(await fetch(`${served.url}/too-many`))).toMatchObject({
      status: 503,
      retryAfter: "1",
      code: "TIDEGATE_QUEUE_FULL",
    });
    expect(await errorOf(await waiting)).toMatchObject({
      status: 503,
      retryAfter: "1",
      code: "TIDEGATE_QUEUE_TIMEOUT",
    });
    expect((await running).status).toBe(200);
  });
});

describe("what cannot start is told at once", () => {
  const start = (options: Partial<Parameters<typeof createHost>[0]>) =>
    createHost({
      port: 0,
      functions: [{ name: "app", entry: { kind: "node", file: fixture("app.js") } }],
      ...options,
    }).start();

  it("an entry that does not exist", async () => {
    const missing = { name: "app", entry: { kind: "node", file: "/nowhere/app.js" } } as const;
    await expect(start({ functions: [missing] })).rejects.toThrow(
      new HostError(
        "TIDEGATE_ENTRY_NOT_FOUND",
        'Cannot serve function "app": its entry "/nowhere/app.js" is not a file',
      ),
    );
    await expect(
      start({ functions: [{ name: "app", entry: { kind: "command", command: ["no-such-command"] } }] }),
    ).rejects.toMatchObject({
      code: "TIDEGATE_ENTRY_NOT_FOUND",
    });
  });

  it("a port in use", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    cleanups.push(() => new Promise((resolve) => taken.close(resolve)));
    const { port } = taken.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`Cannot listen on port ${port}: another program does`);
  });
});
