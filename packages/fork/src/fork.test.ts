import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { TestTemplate, type TestTemplateOptions } from "./testing/test-template.ts";

const running: TestTemplate[] = [];

async function start(program: string, options?: TestTemplateOptions): Promise<TestTemplate> {
  const template = await TestTemplate.start(program, options);
  running.push(template);
  return template;
}

afterEach(async () => {
  for (const template of running.splice(0)) await template.stop();
});

/** Fields of /proc/PID/stat from the state on. */
function stat(pid: number): { state: string; parent: number; group: number; session: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [state = "", parent, group, session] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state, parent: Number(parent), group: Number(group), session: Number(session) };
}

describe("a forked child", () => {
  test("goes on behind the fork point with the template's memory and its own order", async () => {
    const template = await start(
      "let loads = 1; const order = park(); tell([loads++, order.name, process.env.KEPT]);",
      {
        env: { KEPT: "yes" },
      },
    );
    for (const name of ["a", "b"]) {
      const child = await template.fork({ name });
      expect(await child.next()).toEqual([1, name, "yes"]);
      expect(await child.ended).toEqual({ code: 0, signal: null });
    }
  });

  test("is the host's child, in a session of its own", async () => {
    const template = await start("park(); tell(process.ppid); setInterval(() => {}, 1000);");
    const child = await template.fork();
    // process.ppid is asked of the system each time; process.pid is a value that Node keeps.
    expect(await child.next()).toBe(process.pid);
    expect(stat(child.pid)).toMatchObject({ parent: process.pid, group: child.pid, session: child.pid });
    process.kill(child.pid, "SIGTERM");
    expect(await child.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(() => stat(child.pid)).toThrow("ENOENT");
  });

  test("outlives a template that is killed, and leaves no zombie", async () => {
    const template = await start(
      "park(); tell(1); process.stdin.destroy(); require('net').Socket; setInterval(() => {}, 1000);",
    );
    const child = await template.fork();
    await child.next();
    template.process.kill("SIGKILL");
    expect(await template.ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(stat(child.pid).parent).toBe(process.pid);
    process.kill(child.pid, "SIGKILL");
    expect(await child.ended).toEqual({ code: null, signal: "SIGKILL" });
    const states = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const own = states.filter((pid) => {
      try {
        const { parent, state } = stat(Number(pid));
        return parent === process.pid && state === "Z";
      } catch {
        return false; // ended meanwhile
      }
    });
    expect(own).toEqual([]);
  });

  test("has the order's sockets as standard output, standard error and control, and no other's", async () => {
    const program = `
      console.log('"loaded"'); // standard output is open by now
      park();
      const { readdirSync, readlinkSync } = require("node:fs");
      const links = readdirSync("/proc/self/fd").map((fd) => { try { return [fd, readlinkSync("/proc/self/fd/" + fd)] } catch { return [] } });
      tell(links.filter(([, to]) => to?.startsWith("socket:")).map(([fd]) => Number(fd)));
      console.log('"out"'); console.error("err");
      tell(require("node:child_process").execFileSync("/bin/ls", ["/proc/self/fd"]).toString().trim().split("\\n").length);
      new (require("node:net").Socket)({ fd: 3 }).on("data", (data) => { tell(String(data)); process.exit(); });
    `;
    // What a program sees that is started from here: standard streams, the folder it reads, what this process was left with.
    const plain = execFileSync("/bin/ls", ["/proc/self/fd"]).toString().trim().split("\n").length;
    const template = await start(program);
    const first = await template.fork();
    const second = await template.fork();
    for (const child of [first, second]) {
      child.control.write("hello");
      expect(await child.rest()).toEqual([[1, 2, 3], "out", plain, "hello"]);
      expect(await child.errors()).toBe("err\n");
    }
  });

  test.each([
    ["exit code", "process.exit(42)", { code: 42, signal: null }],
    ["exit code set before", "process.exitCode = 9", { code: 9, signal: null }],
    ["uncaught error", "throw new Error('x')", { code: 1, signal: null }],
    ["uncaught error later", "setImmediate(() => { throw new Error('x') })", { code: 1, signal: null }],
    ["unhandled rejection", "Promise.reject(new Error('x'))", { code: 1, signal: null }],
    ["error in an exit handler", "process.on('exit', () => { throw new Error('x') })", { code: 1, signal: null }],
    ["abort", "process.abort()", { code: null, signal: "SIGABRT" }],
    [
      "signal to itself",
      "process.kill(Number(require('fs').readlinkSync('/proc/self')), 'SIGUSR2')",
      { code: null, signal: "SIGUSR2" },
    ],
    [
      "segmentation fault",
      "process.kill(Number(require('fs').readlinkSync('/proc/self')), 'SIGSEGV')",
      { code: null, signal: "SIGSEGV" },
    ],
    [
      "end with the thread pool in use",
      "require('crypto').pbkdf2('a', 'b', 1e6, 32, 'sha1', () => {}); setImmediate(() => process.exit(3))",
      { code: 3, signal: null },
    ],
  ])("ends as a plain process does: %s", async (_name, code, end) => {
    // The pool of the template has run: the child lacks its threads, and must not wait for them.
    const template = await start(`require("fs").readFile(__filename, () => { park(); ${code}; });`);
    const child = await template.fork();
    expect(await child.ended).toEqual(end);
  });

  test("gets the results of work that was on the thread pool", async () => {
    const program = `
      require("node:crypto").pbkdf2("a", "b", 200000, 32, "sha256", (error, key) => tell(["pbkdf2", error, key.length]));
      require("node:fs").stat(__filename, (error, stats) => tell(["stat", error, stats.isFile()]));
      require("node:zlib").gzip("x", (error, data) => tell(["gzip", error, data.length > 0]));
      park();
    `;
    const template = await start(program);
    for (let round = 0; round < 2; round++) {
      const child = await template.fork();
      const told = (await child.rest()) as [string, null, unknown][];
      expect(told.sort()).toEqual([
        ["gzip", null, true],
        ["pbkdf2", null, 32],
        ["stat", null, true],
      ]);
      expect(await child.ended).toEqual({ code: 0, signal: null });
    }
  });

  test("gets messages, ticks, promises and immediates that waited", async () => {
    const program = `
      const { port1, port2 } = new MessageChannel();
      port1.on("message", (value) => { tell(value); port1.close(); });
      port2.postMessage("message");
      setImmediate(() => tell("immediate"));
      process.nextTick(() => tell("tick"));
      Promise.resolve().then(() => tell("promise"));
      setTimeout(() => tell("timer"), 1);
      park();
    `;
    const child = await (await start(program)).fork();
    expect((await child.rest()).sort()).toEqual(["immediate", "message", "promise", "tick", "timer"]);
  });

  test("does what a process does: threads, children, names, requests, compression, WebAssembly, garbage", async () => {
    const program = `
      import { Worker } from "node:worker_threads"; import { execFile } from "node:child_process"; import { lookup } from "node:dns/promises";
      import { createServer } from "node:http"; import { gzipSync, gunzip } from "node:zlib"; import { promisify } from "node:util"; import { readFile } from "node:fs/promises";
      import { createHash } from "node:crypto";
      await readFile(new URL(import.meta.url));
      park();
      const worker = new Worker("const { parentPort } = require('worker_threads'); require('fs').readFile('/proc/self/stat', () => parentPort.postMessage('worker'))", { eval: true });
      // Both may come in one turn.
      const ended = new Promise((resolve) => worker.on("exit", resolve));
      tell(await new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject)));
      tell(await ended);
      tell((await promisify(execFile)("/bin/echo", ["child"])).stdout.trim());
      tell((await lookup("localhost")).address.length > 2);
      const server = createServer((request, response) => response.end(request.url));
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      tell(await (await fetch("http://127.0.0.1:" + server.address().port + "/fetch")).text());
      server.closeAllConnections(); server.close();
      tell(String(await promisify(gunzip)(gzipSync("zlib"))));
      const wasm = new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]);
      tell((await WebAssembly.instantiate(wasm)).instance.exports.add(40, 2));
      let kept = [];
      for (let i = 0; i < 300; i++) { kept.push(Array.from({ length: 10000 }, (_, j) => ({ i, j }))); if (kept.length > 20) kept = kept.slice(10); }
      function work(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum; }
      for (let i = 0; i < 200; i++) work(100000);
      tell(createHash("sha256").update(JSON.stringify(kept.at(-1).length)).digest("hex").length);
    `;
    const child = await (await start(program, { format: "mjs" })).fork();
    expect(await child.rest()).toEqual(["worker", 0, "child", true, "/fetch", "zlib", 42, 64]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });

  test("can be signalled: handlers that were set at load run in the child", async () => {
    const template = await start(
      "process.on('SIGTERM', () => { tell('term'); process.exit(5); }); park(); tell('on'); setInterval(() => {}, 1000);",
    );
    const child = await template.fork();
    await child.next();
    process.kill(child.pid, "SIGTERM");
    expect(await child.next()).toBe("term");
    expect(await child.ended).toEqual({ code: 5, signal: null });
  });

  test("sees the environment it was given, not what the template needs of it", async () => {
    const names = /^(LD_PRELOAD|UV_.*|TIDEGATE_FORK.*)$/;
    const program = `park(); tell(Object.entries(process.env).filter(([name]) => ${names}.test(name)));
      tell(require("node:child_process").execFileSync("/usr/bin/env").toString().split("\\n").filter((line) => ${/^(LD_PRELOAD|UV_.*|TIDEGATE_FORK.*)=/}.test(line)));`;
    expect(await (await (await start(program)).fork()).rest()).toEqual([[], []]);
    const env = { LD_PRELOAD: "libc.so.6", UV_USE_IO_URING: "1" };
    const [seen, left] = await (await (await start(program, { env })).fork()).rest();
    expect(Object.fromEntries(seen as [string, string][])).toEqual(env);
    expect((left as string[]).sort()).toEqual(["LD_PRELOAD=libc.so.6", "UV_USE_IO_URING=1"]);
  });
});

describe("a template", () => {
  test("ends when its control stream ends, and its children go on", async () => {
    const template = await start("park(); tell(1); setInterval(() => {}, 1000);");
    const child = await template.fork();
    await child.next();
    expect(await template.stop()).toEqual({ code: 0, signal: null });
    expect(stat(child.pid).parent).toBe(process.pid);
    process.kill(child.pid, "SIGKILL");
    await child.ended;
  });

  test("refuses to fork without the preloaded addon", async () => {
    const template = new TestTemplate("park();", { isBare: true });
    expect(await template.reply()).toEqual({ type: "parked" });
    expect(await template.reply()).toEqual({ type: "refused", code: "ENOTSUP", syscall: "pthread_join" });
    await template.stop();
  });

  test("holds no descriptors of its children, and does not slow down", async () => {
    const template = await start("require('fs').readFile(__filename, () => {}); park(); process.reallyExit(0);");
    const times: number[] = [];
    const open = (): number => readdirSync(`/proc/${template.process.pid}/fd`).length;
    const ends = [(await template.fork()).ended];
    // Answered in turn: nothing of the first order is open any more.
    template.forking.send(template.control, "fork {}\n", []);
    expect(await template.reply()).toMatchObject({ type: "failed", code: "EBADF" });
    const before = open();
    for (let i = 0; i < 200; i++) {
      const begin = performance.now();
      const child = await template.fork({ i });
      times.push(performance.now() - begin);
      ends.push(child.ended);
    }
    for (const end of await Promise.all(ends)) expect(end).toEqual({ code: 0, signal: null });
    // It answers before it closes what came with the order.
    await expect.poll(open).toBe(before);
    const median = (list: number[]): number => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
    // Not a benchmark: it finds what grows with the number of forks, such as descriptors or locks that stay.
    expect(median(times.slice(150))).toBeLessThan(3 * median(times.slice(0, 50)) + 1);
  });

  test("gives memory back when told, and forks as before", async () => {
    const template = await start("const kept = new Array(1e6).fill(7); park(); tell(kept[5]);");
    template.forking.send(template.control, "reclaim\n", []);
    const child = await template.fork();
    expect(await child.next()).toBe(7);
  });
});

describe("a child that is held", () => {
  const program =
    "park(); const line = forking.hold(3); tell(line); new (require('net').Socket)({ fd: 3 }).on('data', (data) => tell(String(data)));";

  test("waits for one line, and leaves what follows in the stream", async () => {
    const child = await (await start(program)).fork();
    child.control.write(`{"a":"${"x".repeat(10_000)}"}\nmore`);
    expect(await child.next()).toBe(`{"a":"${"x".repeat(10_000)}"}`);
    expect(await child.next()).toBe("more");
    child.control.end();
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });

  test("ends when its stream ends before the line", async () => {
    const child = await (await start(program)).fork();
    await once(child.control, "data"); // what it says first it must be able to say
    child.control.destroy();
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });

  test("waits also on a descriptor that JavaScript reads, which does not block", async () => {
    const child = await (
      await start(
        `park(); const stream = new (require('net').Socket)({ fd: 3 }); tell(forking.hold(3)); stream.unref();`,
      )
    ).fork();
    child.control.write("line\n");
    expect(await child.next()).toBe("line");
  });

  test("copies pages that another child was seen to write to, 8 MiB of them at most", async () => {
    const template = await start(
      "const big = Buffer.alloc(24 << 20, 1); const order = park(); if (order.writes) big.fill(2); else forking.hold(3); tell(big[4096]); setInterval(() => {}, 1000);",
    );
    const writer = await template.fork({ writes: true });
    expect(await writer.next()).toBe(2);
    template.forking.send(template.control, `learn ${writer.pid}\n`, []);
    const [idle, learned] = [await template.fork({ writes: true }), await template.fork({ writes: false })];
    await idle.next();
    learned.control.write("go\n");
    expect(await learned.next()).toBe(1);
    const ownKb = (pid: number): number =>
      Number(/^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);
    // It has written to none of the buffer itself. What it had to write to is its own besides.
    expect(ownKb(learned.pid)).toBeGreaterThan(4 * 1024);
    expect(ownKb(learned.pid)).toBeLessThan(16 * 1024);
    for (const child of [writer, idle, learned]) {
      process.kill(child.pid, "SIGKILL");
      await child.ended;
    }
  });
});
