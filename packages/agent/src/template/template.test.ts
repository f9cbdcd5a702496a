import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { canFork, TemplateHost, type TryOptions } from "./testing/template-host.ts";

const hosts: TemplateHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

function load(app: string | Record<string, string>, options: TryOptions = {}): TemplateHost {
  const host = new TemplateHost(typeof app === "string" ? { "app.mjs": app } : app, options);
  hosts.push(host);
  return host;
}

const serves = `
import { createServer } from "node:http";
const server = createServer((req, res) => res.end("hello from " + process.pid));
`;

describe.runIf(canFork)("a template of an app that", () => {
  it("listens forks instances of it, each a process of its own", async () => {
    const host = load(`${serves}\nserver.listen(3000);\nconsole.log("loaded");`);
    const point = await host.parked();
    expect(point).toMatchObject({ effect: "listen", what: "port 3000", via: null, notes: [] });
    expect(point.place).toMatchObject({ file: expect.stringMatching(/app\.mjs$/), line: 5 });
    const [one, other] = [await host.fork(), await host.fork()];
    expect(await Promise.all([one.ready, other.ready])).toEqual(["http1", "http1"]);
    expect(await one.text()).toBe(`hello from ${one.pid}`);
    expect(await other.text()).toBe(`hello from ${other.pid}`);
    expect(host.output).toBe("loaded\n");
    expect(one.output + other.output).toBe("");
    expect(await one.measure()).toMatchObject({ type: "metrics", cpuMs: expect.any(Number) });
  });

  it("is CommonJS and listens on a host and with a callback finds it as on plain Node", async () => {
    const host = load({
      "app.cjs": `
        const server = require("node:http").createServer((req, res) => res.end(JSON.stringify(seen)));
        const seen = [];
        const look = (where) => seen.push([where, server.listening, server.address()]);
        look("before");
        server.on("listening", () => look("event"));
        const given = server.listen(3000, "127.0.0.1", () => look("callback"));
        look("after " + (given === server));
        process.nextTick(() => look("tick"));`,
    });
    const child = await host.fork();
    await child.ready;
    const address = { address: "127.0.0.1", family: "IPv4", port: 3000 };
    expect(JSON.parse(await child.text())).toEqual([
      ["before", false, null],
      // Node looks up what it is given as a host, also an address.
      ["after true", false, null],
      ["tick", true, address],
      ["event", true, address],
      ["callback", true, address],
    ]);
  });

  it("only exports an app serves it", async () => {
    const cjs = load({ "app.cjs": `module.exports = (req, res) => res.end("exported " + req.url);` });
    const esm = load(`await null;\nexport default (req, res) => res.end("module " + req.url);`);
    const fetch = load(
      `export default { fetch: (request) => new Response("fetched " + new URL(request.url).pathname) };`,
    );
    for (const [host, text] of [
      [cjs, "exported /a"],
      [esm, "module /a"],
      [fetch, "fetched /a"],
    ] as const) {
      const child = await host.fork();
      await child.ready;
      expect(await child.text("/a")).toBe(text);
    }
  });

  it.each([
    ["in a timer", `setTimeout(() => server.listen(0), 20);`],
    [
      "after asynchronous work",
      `await (await import("node:fs/promises")).readFile(import.meta.filename); server.listen(0);`,
    ],
    ["after work on the thread pool", `(await import("node:zlib")).gzip("x".repeat(1e6), () => server.listen(0));`],
    [
      "in a tick of a timer of a promise",
      `await (await import("node:timers/promises")).setTimeout(10); server.listen(0);`,
    ],
  ])("listens %s forks there", async (_, then) => {
    const host = load(`${serves}\n${then}`);
    expect(await host.parked()).toMatchObject({ effect: "listen", what: "any port" });
    const child = await host.fork();
    await child.ready;
    expect(await child.text()).toBe(`hello from ${child.pid}`);
  });

  it("goes on loading after it listened shares that, too", async () => {
    const host = load(
      `${serves}
       import { readFile } from "node:fs/promises";
       let state = "new";
       server.removeAllListeners("request").on("request", (req, res) => res.end(state));
       server.listen(3000, async () => {
         await readFile(import.meta.filename);
         setImmediate(async () => { await readFile(import.meta.filename); state = "loaded"; console.log("loaded"); });
       });`,
    );
    await host.parked();
    expect(host.output).toBe("loaded\n");
    const child = await host.fork();
    await child.ready;
    expect(await child.text()).toBe("loaded");
    expect(child.output).toBe("");
  });

  it("has several servers lets the first one be the instance's", async () => {
    const host = load(
      `${serves}
       server.listen(3000);
       const metrics = createServer((req, res) => res.end("metrics"));
       metrics.listen("metrics.sock", () => console.log("metrics listen at", metrics.address()));`,
    );
    expect((await host.parked()).place).toMatchObject({ line: 7 });
    const child = await host.fork();
    await child.ready;
    expect(await child.text()).toBe(`hello from ${child.pid}`);
    expect(child.output).toBe("metrics listen at metrics.sock\n");
  });

  it("serves HTTP/2 without TLS tells so", async () => {
    const host = load(
      `import { createServer } from "node:http2"; createServer((req, res) => res.end("two")).listen(3000);`,
      { warmUp: ["/"] },
    );
    expect((await host.parked()).warmUp).toEqual({ asked: 1, done: 0, leftOut: "its server speaks HTTP/2" });
    const child = await host.fork();
    expect(await child.ready).toBe("h2c");
  });

  it("closes its server and listens again", async () => {
    const host = load(
      `${serves}
       server.listen(3000, () => server.close(() => {
         console.log("closed");
         server.listen(3001, () => console.log("again", server.address().port));
       }));`,
    );
    const child = await host.fork();
    await child.ready;
    await expect.poll(() => child.output).toBe("closed\nagain 3001\n");
    expect(await child.text()).toBe(`hello from ${child.pid}`);
  });

  it("exports an app and listens later lets its own server win", async () => {
    const host = load(
      `${serves}
       export default (req, res) => res.end("exported");
       setTimeout(() => server.listen(3000), 200);`,
    );
    const child = await host.fork();
    await child.ready;
    await expect.poll(() => child.text()).toBe(`hello from ${child.pid}`);
  });

  it("waits for a timer before it listens is forked while it waits", async () => {
    const host = load(`${serves}\nsetTimeout(() => server.listen(3000), 2_000);`);
    expect(await host.parked()).toMatchObject({ effect: "wait", what: null });
    const child = await host.fork();
    await child.ready;
    expect(await child.text()).toBe(`hello from ${child.pid}`);
  });

  it("is loaded after something that nobody watched is not forked", async () => {
    const host = load(serves, { env: { NODE_OPTIONS: "--require node:fs" } });
    expect(await host.told()).toEqual({
      type: "unfit",
      reason: '"node:fs" is loaded by NODE_OPTIONS before the app can be watched; nodeArgs load it after that',
      place: null,
      warmUp: null,
    });
  });

  it("loads modules by flags of its own is watched while it does", async () => {
    const host = load(
      {
        "app.cjs": `require("node:http").createServer((req, res) => res.end(globalThis.made)).listen(3000);`,
        "made.cjs": `globalThis.made = require("node:crypto").randomUUID();`,
      },
      { nodeArgs: ["--require", "./made.cjs"] },
    );
    expect(await host.parked()).toMatchObject({
      effect: "random-bytes",
      place: { file: expect.stringMatching(/made\.cjs$/) },
    });
    const [one, other] = [await host.fork(), await host.fork()];
    await Promise.all([one.ready, other.ready]);
    expect(await one.text()).not.toBe(await other.text());
  });

  it("leaves its compiled code for later templates", async () => {
    const cache = mkdtempSync(join(tmpdir(), "tidegate-cache-"));
    const host = load(
      {
        "app.cjs": `${"//".padEnd(2_000)}\nrequire("./part.cjs");\nmodule.exports = (req, res) => res.end();`,
        "part.cjs": "function part() {}; part();",
      },
      { compileCache: cache },
    );
    await host.parked();
    expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(2);
    rmSync(cache, { recursive: true });
  });

  it("throws while loading tells nothing, and ends as on plain Node", async () => {
    const host = load(`throw new Error("no database");`);
    expect(await host.told()).toBeNull();
    expect(host.output).toContain("Error: no database");
    await expect.poll(() => host.process.exitCode).toBe(1);
  });
});

describe.runIf(canFork)("a forked program without a server", () => {
  it.each([
    ["ends", ``, { code: 0, signal: null }, "beforeExit 0\nexit 0\n"],
    ["sets its exit code", `process.exitCode = 5;`, { code: 5, signal: null }, "beforeExit 5\nexit 5\n"],
    [
      "awaits what never comes",
      `process.on("exit", () => {}); await new Promise(() => {});`,
      { code: 13, signal: null },
      "beforeExit 0\nexit 13\n",
    ],
    [
      "is given work by beforeExit",
      `let left = 2; process.on("beforeExit", () => { if (left-- > 0) setTimeout(() => console.log("work"), 5); });`,
      { code: 0, signal: null },
      "beforeExit 0\nwork\nbeforeExit 0\nwork\nbeforeExit 0\nexit 0\n",
    ],
  ])("that %s ends the same way as on plain Node", async (_, program, end, output) => {
    const host = load(
      `process.on("beforeExit", (code) => console.log("beforeExit", code)).on("exit", (code) => console.log("exit", code));
       ${program}`,
    );
    expect(await host.parked()).toMatchObject({ effect: "end", what: null });
    const child = await host.fork();
    expect(await child.exited).toEqual(end);
    expect(child.output.replace(/Warning:.*\n/, "")).toBe(output);
  });

  it("goes on until nothing is left to do, also after its server closed", async () => {
    const host = load(
      `${serves}
       process.on("beforeExit", () => console.log("end"));
       server.on("request", () => setTimeout(() => { server.close(); server.closeAllConnections(); }, 10)).listen(3000);`,
    );
    const child = await host.fork();
    await child.ready;
    await child.text();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output).toBe("end\n");
  });

  it("has worker threads that end by themselves, or when they say", async () => {
    const busy = `for (let i = 0, kept = []; i < 200; i++) kept.push(new Array(5_000).fill({ i }));`;
    const host = load({
      "app.mjs": `
        import { Worker } from "node:worker_threads";
        const run = (code) => new Promise((resolve) => new Worker(code, { eval: true }).on("exit", resolve));
        console.log(await run("require('fs').readFile('/proc/self/stat', () => { ${busy} });"));
        console.log(await run("process.on('beforeExit', () => { process.exitCode = 4; });"));
        console.log(await run("process.exit(3)"));`,
    });
    expect(await host.parked()).toMatchObject({ effect: "worker" });
    const child = await host.fork();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output).toBe("0\n4\n3\n");
  });

  it("ends with an error that nobody catches, and with process.exit()", async () => {
    const host = load(
      `${serves}
       server.on("request", (req) => setImmediate(() => { if (req.url === "/exit") process.exit(7); throw new Error("broken"); }));
       server.listen(3000);`,
    );
    const [one, other] = [await host.fork(), await host.fork()];
    await Promise.all([one.ready, other.ready]);
    await Promise.all([one.text("/exit"), other.text("/throw")]);
    expect(await one.exited).toEqual({ code: 7, signal: null });
    expect(await other.exited).toEqual({ code: 1, signal: null });
    expect(other.output).toContain("Error: broken");
  });

  it("that cannot be prepared ends and says why, without the app", async () => {
    const host = load(`${serves}\nprocess.on("uncaughtException", () => {});\nserver.listen(3000);`);
    const child = await host.forkHeld("not JSON");
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output).toMatch(/^Cannot become an instance: /);
    const next = await host.fork();
    await next.ready;
  });

  it("ends when its host does", async () => {
    const child = await load(`${serves}\nserver.listen(3000);`).fork();
    await child.ready;
    child.leave();
    expect(await child.exited).toEqual({ code: 1, signal: null });
  });
});
