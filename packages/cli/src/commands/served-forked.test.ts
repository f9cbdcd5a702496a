import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tryTemplate } from "@tidegate/host";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { run } from "../run.ts";
import { skipUnforkable } from "../testing/skip-unforkable.ts";
import { createFolder, createTestIo, type TestIo } from "../testing/test-io.ts";

const serving = 'require("node:http").createServer((q, s) => s.end("hi")).listen(process.env.PORT);\n';

/** Why this system forks nothing; null where it does. */
let unavailable: string | null = null;
beforeAll(async () => {
  const [cwd, remove] = await createFolder({ "server.js": serving });
  const entry = { kind: "node", file: join(cwd, "server.js") } as const;
  const { template } = await tryTemplate({ name: "probe", entry, cwd }, { signal: new AbortController().signal });
  if (template.state === "none") unavailable = template.reason;
  await remove();
});

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  command: "serve" | "dev",
  server: string,
  ...argv: string[]
): Promise<{ io: TestIo; url: string }> {
  const [cwd, remove] = await createFolder({ "server.js": server });
  cleanups.push(remove);
  const io = createTestIo({ cwd });
  const code = run([command, "server.js", "--name", "shop", "--port", "0", "--host", "127.0.0.1", ...argv], io);
  cleanups.push(async () => {
    io.signal("SIGTERM");
    expect(await code).toBe(0);
  });
  const [url] = await io.out.until(/http:\/\/127\.0\.0\.1:\d+/);
  return { io, url };
}

async function ask(cwd: string, ...argv: string[]): Promise<string> {
  const io = createTestIo({ cwd });
  expect(await run(argv, io)).toBe(0);
  return io.out.text();
}

describe("of a function that is served", () => {
  test("ps tells that its instances are forked, and where; explain tells the rest", async (context) => {
    skipUnforkable(context, unavailable);
    const { io, url } = await start("serve", serving, "--start", "fork");
    expect(await (await fetch(url)).text()).toBe("hi");
    expect(JSON.parse(await ask(io.cwd, "ps", "--json"))).toMatchObject([
      { function: "shop", state: "ready", start: "fork", forksAt: "server.js:1 listen" },
    ]);
    const port = new URL(url).port;
    expect(await ask(io.cwd, "explain", "shop")).toMatch(
      new RegExp(
        [
          "^shop: instances are forked",
          ` {2}forks {5}at server\\.js:1, where it listens \\(port ${port}\\)`,
          " {2}load {6}loaded in \\S+ ms, \\S+ of them \\(\\d+ %\\) are shared; an instance starts in \\S+ ms",
          " {2}template {2}pid \\d+, \\d+ MB, 1 instance forked from it\n$",
        ].join("\n"),
      ),
    );
  });

  test("each kind of start is told: --start process", async () => {
    const { io, url } = await start("serve", serving, "--start", "process");
    await fetch(url);
    expect(JSON.parse(await ask(io.cwd, "ps", "--json"))).toMatchObject([{ start: "process", forksAt: null }]);
    expect(await ask(io.cwd, "explain")).toBe(
      'shop: instances start as processes of their own\n  why  its setting is "start: process"\n',
    );
  });

  test("that cannot be forked it is told calmly, and why", async (context) => {
    skipUnforkable(context, unavailable);
    const commandLine = 'require("node:fs").readFileSync("/proc/self/cmdline", "utf8")';
    const unfit = `if (${commandLine}.includes("--single-threaded")) throw new Error("not here");\n${serving}`;
    const { io, url } = await start("dev", unfit);
    await io.out.until(/^Watching for changes$/m);
    await fetch(url);
    await io.out.until(/^Instances of function "shop" are plain processes: .*; tidegate explain tells more$/m);
    expect(await ask(io.cwd, "explain", "shop")).toMatch(/^ {2}why {4}it ended with exit code 1 .*not here/m);
  });
});

describe("tidegate dev", () => {
  test("forks the instances of a new revision", async (context) => {
    skipUnforkable(context, unavailable);
    const { io, url } = await start("dev", serving, "--start", "fork");
    await io.out.until(/^Watching for changes$/m);
    await fetch(url);
    await writeFile(join(io.cwd, "server.js"), serving.replace('"hi"', '"changed"'));
    await io.out.until(/^shop-r2-1 \| ready in .* \(pid \d+, forked\)$/m);
    await io.out.until(/^shop reloaded in /m);
    expect(await (await fetch(url)).text()).toBe("changed");
  });

  test("debugs a plain process", async () => {
    const { io, url } = await start("dev", serving, "--inspect=19339");
    await fetch(url);
    await io.out.until(/^shop-r1-1 \| ready in .* \(pid \d+\)$/m);
    expect(io.out.text()).not.toContain("plain processes");
  });
});
