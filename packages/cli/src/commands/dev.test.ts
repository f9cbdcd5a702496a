import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { run } from "../run.ts";
import { createFolder, createTestIo, type TestIo } from "../testing/test-io.ts";

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

const answering = (text: string, before = ""): string =>
  `${before}require("node:http").createServer((_, response) => response.end(${JSON.stringify(text)})).listen(process.env.PORT);\n`;

interface Developed {
  readonly io: TestIo;
  readonly url: string;
  write(file: string, content: string): Promise<void>;
}

async function dev(files: Readonly<Record<string, string>>, ...argv: string[]): Promise<Developed> {
  const [folder, remove] = await createFolder(files);
  cleanups.push(remove);
  const io = createTestIo({ cwd: folder });
  const code = run(["dev", "--port", "0", ...argv], io);
  cleanups.push(async () => {
    io.signal("SIGTERM");
    expect(await code).toBe(0);
  });
  const [url] = await io.out.until(/http:\/\/127\.0\.0\.1:\d+/);
  await io.out.until(/Watching for changes/);
  return { io, url, write: (file, content) => writeFile(join(folder, file), content) };
}

test("tidegate dev serves a change, without losing a request meanwhile", async () => {
  const { io, url, write } = await dev({ "server.js": answering("one") }, "server.js", "--name", "shop");
  expect(await (await fetch(url)).text()).toBe("one");
  await io.out.until(/^shop-r1-1 \| GET \/ 200 .* \(cold start\)$/m);
  let isDone = false;
  const statuses = new Set<number>();
  const asking = (async () => {
    while (!isDone) statuses.add((await fetch(url)).status);
  })();
  await write("server.js", answering("two"));
  await io.out.until(/^server\.js changed: reloading shop$/m);
  await io.out.until(/^shop reloaded in /m);
  expect(await (await fetch(url)).text()).toBe("two");
  isDone = true;
  await asking;
  expect([...statuses]).toEqual([200]);
});

test("tidegate dev shows where a change is broken, and the old revision serves on", async () => {
  const { io, url, write } = await dev({ "server.js": answering("one") }, "server.js", "--name", "shop");
  await fetch(url);
  await write("server.js", answering("two", "const shop = {};\nshop.open();\n"));
  await io.out.until(/^shop not reloaded \(TIDEGATE_INSTANCE_EXITED\): the old revision serves on$/m);
  expect(io.out.text()).toContain(
    [
      "TypeError: shop.open is not a function",
      "  at server.js:2:6",
      "  1 | const shop = {};",
      "> 2 | shop.open();",
      "    |      ^",
      "  3 | ",
    ].join("\n"),
  );
  expect(await (await fetch(url)).text()).toBe("one");
  await write("server.js", answering("three"));
  await io.out.until(/^shop reloaded in /m);
  expect(await (await fetch(url)).text()).toBe("three");
});

test("tidegate dev takes a changed tidegate.yaml, and keeps the old one when it is malformed", async () => {
  const yaml = (word: string): string => `functions:\n  shop: { entry: server.js, env: { WORD: ${word} } }\n`;
  const server = `require("node:http").createServer((_, response) => response.end(process.env.WORD)).listen(process.env.PORT);`;
  const { io, url, write } = await dev({ "server.js": server, "tidegate.yaml": yaml("one") });
  expect(await (await fetch(url)).text()).toBe("one");
  await write("tidegate.yaml", yaml("[]"));
  await io.out.until(/tidegate\.yaml:2:42 functions\.shop\.env\.WORD: expected a text/);
  await io.out.until(/The configuration as it was stays in use/);
  expect(await (await fetch(url)).text()).toBe("one");
  expect(io.out.text()).not.toContain("reloading");
  await write("tidegate.yaml", yaml("two"));
  await expect.poll(async () => (await fetch(url)).text(), { timeout: 5000 }).toBe("two");
});

test("tidegate dev takes changed routes, timeouts and limits of the queue from tidegate.yaml", async () => {
  const shop = (settings: string): string => `functions:\n  shop: { entry: server.js, ${settings} }\n`;
  const server = `require("node:http").createServer((request, response) => {
    if (request.url !== "/shop/never") response.end(request.url);
  }).listen(process.env.PORT);`;
  const { io, url, write } = await dev({ "server.js": server, "tidegate.yaml": shop("routes: [/]") });
  expect(await (await fetch(`${url}/a`)).text()).toBe("/a");
  await write("tidegate.yaml", shop("routes: [/shop], timeout: 500ms"));
  await io.out.until(/^shop reloaded in /m);
  expect((await fetch(`${url}/a`)).status).toBe(404);
  expect(await (await fetch(`${url}/shop/b`)).text()).toBe("/shop/b");
  const late = await fetch(`${url}/shop/never`);
  expect(late.status).toBe(504);
  expect(await late.json()).toMatchObject({ error: { message: expect.stringContaining("for 500 ms") } });
  await write("tidegate.yaml", shop("concurrency: 1, scaling: { max: 1 }, queue: { limit: 0 }"));
  await io.out.until(/^shop reloaded in [\s\S]*^shop reloaded in /m);
  const aborted = new AbortController();
  const busy = fetch(`${url}/shop/never`, { signal: aborted.signal }).catch(() => null);
  await expect.poll(async () => (await fetch(`${url}/shop/b`)).status, { timeout: 5000 }).toBe(429);
  aborted.abort();
  await busy;
});

test("tidegate dev adds and removes functions of a changed tidegate.yaml, and retries when broken code is mended", async () => {
  const shop = "  shop: { entry: shop.js, routes: [/shop] }\n";
  const report = "  report: { entry: report/app.js, routes: [/report], scaling: { min: 1 } }\n";
  const { io, url, write } = await dev({
    "shop.js": answering("shop"),
    "report/app.js": "shop.open();",
    "tidegate.yaml": `functions:\n${shop}`,
  });
  await write("tidegate.yaml", `functions:\n${shop}${report}`);
  await io.out.until(/^Not reloaded \(TIDEGATE_INSTANCE_EXITED\): all is served as before$/m);
  expect((await fetch(`${url}/report`)).status).toBe(404);
  expect(await (await fetch(`${url}/shop`)).text()).toBe("shop");
  await write("report/app.js", answering("report"));
  await io.out.until(/^report added$/m);
  expect(await (await fetch(`${url}/report`)).text()).toBe("report");
  await write("report/app.js", answering("report 2"));
  await io.out.until(/^report reloaded in /m);
  expect(await (await fetch(`${url}/report`)).text()).toBe("report 2");
  await write("tidegate.yaml", `functions:\n${shop}gateway: { port: 1 }\n`);
  await io.out.until(/^report removed$/m);
  expect((await fetch(`${url}/report`)).status).toBe(404);
});

test("tidegate dev --inspect debugs one instance, and the next revision after it", async () => {
  const { io, url, write } = await dev({ "server.js": answering("one") }, "server.js", "--inspect=19229");
  await fetch(url);
  await io.out.until(/-r1-1 \| Debugger listening on ws:\/\/127\.0\.0\.1:19229\//);
  await write("server.js", answering("two"));
  await io.out.until(/-r2-1 \| Debugger listening on ws:\/\/127\.0\.0\.1:19229\//);
  expect(io.out.text()).not.toContain("address already in use");
});

test.each([
  {
    name: "a command",
    argv: ["--inspect", "--", "python3", "app.py"],
    message: 'Cannot apply "--inspect" to a command: pass the flag of its own debugger',
  },
  {
    name: "a port that is none",
    argv: ["server.js", "--inspect=x"],
    message: 'Cannot read option "--inspect": expected a whole number from 1 to 65535, got "x"',
  },
])("tidegate dev --inspect refuses $name", async ({ argv, message }) => {
  const [folder, remove] = await createFolder({ "server.js": "" });
  cleanups.push(remove);
  const io = createTestIo({ cwd: folder });
  expect(await run(["dev", ...argv], io)).toBe(2);
  expect(io.err.text()).toContain(`tidegate: ${message}\n`);
});
