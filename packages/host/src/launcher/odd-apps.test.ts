import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Entry, type FunctionConfig, functionDefaults } from "@tidegate/core";
import { loadForking } from "@tidegate/fork";
import { afterEach, describe, expect, it } from "vitest";
import { launch as launchForked } from "../template/testing/launch-forked.ts";
import { launch } from "./launch.ts";
import type { Launched } from "./launcher.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly launched: Launched;
  readonly lines: string[];
  /** Resolves when a line like this was written. */
  line(text: string): Promise<void>;
}

async function start(
  kind: "node" | "command" | "fork",
  program: string,
  change: Partial<FunctionConfig> = {},
): Promise<Started> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-odd-"));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "app.mjs");
  await writeFile(file, program);
  const entry: Entry = kind === "command" ? { kind, command: [process.execPath, file] } : { kind: "node", file };
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const launched = await (kind === "fork" ? launchForked : launch)({
    function: { ...functionDefaults, name: "app", entry, cwd: dir, env: {}, routes: [], ...change },
    instance: "app-r1-1",
    runtimeDir: dir,
    publicPort: 3000,
    onOutput: (_, line) => {
      lines.push(line);
      for (const watcher of watchers) watcher();
    },
  });
  cleanups.push(async () => {
    launched.signal("SIGKILL");
    await launched.exited;
    launched.release();
  });
  const line = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (lines.includes(text)) resolve();
      };
      watchers.add(look);
      look();
    });
  return { launched, lines, line };
}

const isReady = ({ launched }: Started): Promise<boolean> =>
  Promise.race([launched.ready.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);

const nodeKinds = "forking" in loadForking() ? (["node", "fork"] as const) : (["node"] as const);

describe.each(nodeKinds)("a Node app (%s) that", (kind) => {
  it("reads its standard input finds the end of it", async () => {
    const { launched, line } = await start(
      kind,
      `import { createServer } from "node:http";
       process.stdin.on("end", () => console.log("end of input")).resume();
       createServer((req, res) => res.end()).listen(process.env.PORT);`,
    );
    await launched.ready;
    await line("end of input");
  });

  it("writes to the control stream is not misunderstood, and can still be measured", async () => {
    const { launched } = await start(
      kind,
      `import { writeSync } from "node:fs";
       import { createServer } from "node:http";
       writeSync(3, 'null\\n7\\n"x"\\n{"type":"metrics","id":1}\\n{"type":"else"}\\n{broken\\n');
       createServer((req, res) => res.end()).listen(process.env.PORT);`,
    );
    await launched.ready;
    expect(await launched.measure()).toMatchObject({ memoryBytes: expect.any(Number) });
  });

  it("computes after it began to listen is not ready before it answers", async () => {
    const { launched, lines } = await start(
      kind,
      `import { createServer } from "node:http";
       createServer((req, res) => res.end()).listen(process.env.PORT, () => {
         for (const until = Date.now() + 200; Date.now() < until; );
         console.log("warm");
       });`,
    );
    await launched.ready;
    expect(lines).toEqual(["warm"]);
  });

  it("is stuck does not answer what it uses until it is not", async () => {
    const { launched } = await start(
      kind,
      `import { createServer } from "node:http";
       createServer((req, res) => { for (const until = Date.now() + 300; Date.now() < until; ); res.end(); })
         .listen(process.env.PORT);`,
    );
    await launched.ready;
    const { endpoint } = launched;
    if (!("path" in endpoint)) throw new Error("It has no socket");
    const socket = connect(endpoint.path);
    await new Promise<void>((resolve) => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n", () => resolve()));
    let delayMs = 0;
    while (delayMs < 100) delayMs = (await launched.measure())?.eventLoopDelayMs ?? 0;
    expect(delayMs).toBeLessThan(2_000);
    socket.destroy();
  });
});

describe("a command that", () => {
  it("accepts connections but does not answer yet is not ready, and is asked over one connection only", async () => {
    const started = await start(
      "command",
      `import { createServer } from "node:net";
       import { existsSync } from "node:fs";
       let connections = 0;
       createServer((socket) => {
         console.log("connection", ++connections);
         socket.once("data", (data) => {
           console.log(String(data).split("\\r\\n")[0]);
           setTimeout(() => { console.log("answers"); socket.end("HTTP/1.1 404 Not Found\\r\\n\\r\\n"); }, 300);
         });
       }).listen(process.env.PORT, process.env.HOST);`,
    );
    await started.line("OPTIONS * HTTP/1.1");
    expect(await isReady(started)).toBe(false);
    await started.launched.ready;
    await started.line("answers");
    expect(started.lines).toEqual(["connection 1", "OPTIONS * HTTP/1.1", "answers"]);
  });

  it("closes connections without an answer is not ready, and says so", async () => {
    const started = await start(
      "command",
      `import { createServer } from "node:net";
       let connections = 0;
       createServer((socket) => { socket.end(); if (++connections === 3) console.log("three"); socket.on("error", () => {}); })
         .listen(process.env.PORT, process.env.HOST);`,
    );
    await started.line("three");
    expect(await isReady(started)).toBe(false);
    expect(started.launched.lacks()).toMatch(/^it accepts connections, but does not answer HTTP \(/);
  });

  it.each([null, "/up"])(
    "speaks HTTP/2 without TLS is ready when it answers (startup path: %s)",
    async (startupPath) => {
      const { launched } = await start(
        "command",
        `import { createServer } from "node:http2";
       createServer((req, res) => res.writeHead(req.url === "/up" ? 200 : 404).end()).listen(process.env.PORT, process.env.HOST);`,
        { protocol: "h2c", health: { ...functionDefaults.health, startupPath } },
      );
      await launched.ready;
    },
  );
});

describe.runIf(process.platform === "linux")("a host without descriptors", () => {
  it.each(["node", "command"] as const)(
    "says so for a %s entry, lives on, and starts it when there are some again",
    async (kind) => {
      const dir = await mkdtemp(join(tmpdir(), "tidegate-odd-"));
      cleanups.push(() => rm(dir, { recursive: true, force: true }));
      const file = join(dir, "app.mjs");
      await writeFile(
        file,
        `import { createServer } from "node:http"; createServer((req, res) => res.end()).listen(process.env.PORT);`,
      );
      const entry = kind === "node" ? { kind, file } : { kind, command: [process.execPath, file] };
      const given = {
        function: { ...functionDefaults, name: "app", entry, cwd: dir, env: {}, routes: [] },
        instance: "app-r1-1",
        runtimeDir: dir,
        publicPort: 3000,
      };
      const host = `
      import { closeSync, openSync } from "node:fs";
      const { launch } = await import(${JSON.stringify(new URL("launch.ts", import.meta.url).href)});
      const given = { ...${JSON.stringify(given)}, onOutput: () => {} };
      const files = [];
      try { for (;;) files.push(openSync("/dev/null")); } catch {}
      const failure = await launch(given).then(({ exited }) => exited.then(({ cause }) => cause), (error) => error.cause);
      for (const file of files) closeSync(file);
      const launched = await launch(given);
      await launched.ready;
      launched.signal("SIGKILL");
      await launched.exited;
      console.log(failure.code);
    `;
      const limited = ["-c", 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"', process.execPath, host];
      const { stdout } = await promisify(execFile)("sh", limited, { timeout: 20_000 });
      expect(stdout).toBe("EMFILE\n");
    },
  );
});
