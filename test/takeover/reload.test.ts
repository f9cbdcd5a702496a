import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { ask, type CliHost, isAlive, startCliHost, until } from "./cli-host.ts";
import { startOpenLoop } from "./open-loop.ts";

// Many processes start and end one after the other, and other tests run beside.
vi.setConfig({ testTimeout: 90_000 });

let hosts: CliHost[] = [];
afterEach(async () => {
  for (const host of hosts) await host.destroy();
  hosts = [];
});

async function serve(...args: Parameters<typeof startCliHost>): Promise<CliHost> {
  const host = await startCliHost(...args);
  hosts.push(host);
  return host;
}

/** Answers with its word and process; `/slow` when the file "gate" is there. */
const app = `
  const { existsSync } = require("node:fs");
  require("node:http").createServer((request, response) => {
    const answer = () => response.end(process.argv[2] + " " + process.pid);
    const look = () => existsSync("gate") ? answer() : setTimeout(look, 10);
    if (request.url.endsWith("/slow")) look(); else answer();
  }).listen(process.env.PORT);
`;

/** A tidegate.yaml from functions by name. */
function yaml(functions: Readonly<Record<string, string>>, gateway = ""): string {
  const lines = Object.entries(functions).map(([name, fields]) => `  ${name}: { entry: app.js, ${fields} }\n`);
  return `functions:\n${lines.join("")}${gateway}`;
}

const reloaded = (host: CliHost, count = 1): Promise<void> =>
  until(() => host.log.filter(({ msg }) => /^(Reloaded|Not reloaded): /.test(msg)).length >= count);

test("SIGHUP applies a changed tidegate.yaml; what did not change keeps its instances", async () => {
  const host = await serve({
    "app.js": app,
    "tidegate.yaml": yaml({ a: "args: [a], routes: [/a]", b: "args: [b], routes: [/b]", c: "args: [c], routes: [/c]" }),
  });
  const before = await Promise.all(["a", "b", "c"].map((name) => ask(`${host.url}/${name}`)));
  const last = ask(`${host.url}/c/slow`);
  await until(async () =>
    JSON.parse((await host.run("ps", "--json")).stdout).some((row: { inFlight: number }) => row.inFlight === 1),
  );
  await host.write(
    "tidegate.yaml",
    yaml({ a: "args: [a], routes: [/a, /x]", b: "args: [B], routes: [/b]", d: "args: [d], routes: [/d]" }),
  );
  host.process.kill("SIGHUP");
  await reloaded(host);
  expect(host.log.find(({ msg }) => msg.startsWith("Reloaded"))?.msg).toBe(
    "Reloaded: a adjusted, b r2, d added, c removed",
  );
  expect(await ask(`${host.url}/a`)).toBe(before[0]);
  expect(await ask(`${host.url}/x`)).toBe(before[0]);
  expect(await ask(`${host.url}/b`)).toMatch(/^B /);
  expect(await ask(`${host.url}/d`)).toMatch(/^d /);
  expect(await ask(`${host.url}/c`)).toContain("TIDEGATE_ROUTE_NOT_FOUND");
  // The removed function answers what it was asked before.
  await host.write("gate", "");
  expect(await last).toBe(before[2]);
  await until(() => !isAlive(Number(before[2]?.split(" ")[1])));
  await until(() => !isAlive(Number(before[1]?.split(" ")[1])));
});

test("routes swapped between functions in one edit change at once, under load", async () => {
  const swapped = (left: string, right: string): string =>
    yaml({ one: `args: [one], routes: [${left}]`, two: `args: [two], routes: [${right}]` });
  const host = await serve({ "app.js": app, "tidegate.yaml": swapped("/left", "/right") });
  expect([await ask(`${host.url}/left`), await ask(`${host.url}/right`)].map((text) => text.slice(0, 3))).toEqual([
    "one",
    "two",
  ]);
  let isDone = false;
  const pairs = new Set<string>();
  const load = (async () => {
    while (!isDone) {
      const [left, right] = await Promise.all([ask(`${host.url}/left`), ask(`${host.url}/right`)]);
      pairs.add(`${left.slice(0, 3)} ${right.slice(0, 3)}`);
    }
  })();
  for (let count = 1; count <= 4; count++) {
    await host.write("tidegate.yaml", count % 2 === 1 ? swapped("/right", "/left") : swapped("/left", "/right"));
    const { code, stdout } = await host.run("reload");
    expect([code, stdout]).toEqual([
      0,
      `Reloaded http://127.0.0.1:${new URL(host.url).port}: one adjusted, two adjusted\n`,
    ]);
  }
  isDone = true;
  await load;
  // Two requests may be on both sides of a change, but none is refused.
  expect([...pairs].every((pair) => /^(one|two) (one|two)$/.test(pair))).toBe(true);
});

test("when one of several new revisions does not start, nothing changes and nothing is left", async () => {
  const host = await serve({
    "app.js": app,
    "broken.js": "throw new Error('broken')",
    "tidegate.yaml": yaml({ a: "args: [a], routes: [/a]", b: "args: [b], routes: [/b]" }),
  });
  const before = await Promise.all(["a", "b"].map((name) => ask(`${host.url}/${name}`)));
  await host.write(
    "tidegate.yaml",
    "functions:\n  a: { entry: app.js, args: [A], routes: [/a] }\n  b: { entry: broken.js, routes: [/b] }\n  n: { entry: app.js, args: [n], routes: [/n], scaling: { min: 1 } }\n",
  );
  const { code, stderr } = await host.run("reload");
  expect(code).toBe(1);
  expect(stderr).toMatch(/Cannot start instance "b-r2-1" of function "b": exit code 1/);
  expect(stderr).toContain("\nTIDEGATE_INSTANCE_EXITED: ");
  expect(await Promise.all(["a", "b"].map((name) => ask(`${host.url}/${name}`)))).toEqual(before);
  expect(await ask(`${host.url}/n`)).toContain("TIDEGATE_ROUTE_NOT_FOUND");
  // Templates of the revisions that serve come meanwhile, so those that must be gone are told by what they run.
  await until(async () => (await commands(host)).every((command) => !/app\.js (A|n)$|broken\.js$/.test(command)));
  await rm(join(host.folder, "tidegate.yaml"));
  expect(await host.run("reload")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("TIDEGATE_CONFIG_NOT_FOUND"),
  });
  expect(await Promise.all(["a", "b"].map((name) => ask(`${host.url}/${name}`)))).toEqual(before);
});

/** Command lines of the host's processes. */
async function commands(host: CliHost): Promise<string[]> {
  const read = (pid: number): Promise<string> => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return (await Promise.all((await host.processes()).map(read))).map((text) => text.split("\0").join(" ").trim());
}

/** Answers with what came, after a moment. */
const echo = `
  require("node:http").createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => setTimeout(() => {
      const body = request.method + " " + request.url + " " + Buffer.concat(chunks);
      response.setHeader("Content-Length", Buffer.byteLength(body));
      response.end(body);
    }, 20));
  }).listen(process.env.PORT);
`;

test("new revisions and fewer instances lose no request of a steady load", async () => {
  const echoes = (scaling: string): string =>
    `functions:\n  a: { entry: app.js, concurrency: 8, scaling: { ${scaling} } }\n`;
  const host = await serve({ "app.js": echo, "tidegate.yaml": echoes("min: 4, max: 6") });
  const load = startOpenLoop(host.url, 6);
  await until(() => load.answered > 100);
  for (const scaling of ["min: 4, max: 6", "min: 2, max: 2", "min: 3, max: 3", "min: 2, max: 2"]) {
    await host.write("tidegate.yaml", echoes(scaling));
    expect((await host.run("reload", ...(scaling.includes("3") ? ["a"] : []))).code).toBe(0);
  }
  const { answered } = load;
  await until(() => load.answered > answered + 100);
  expect((await load.stop()).failures).toEqual([]);
  const left = host.log.filter(({ type, state }) => type === "instance" && state === "draining");
  expect(left.length).toBeGreaterThan(3);
});

test("settings that can change do at once; for others `tidegate upgrade` is named, and applies them", async () => {
  const functions = { a: "args: [a]" };
  const host = await serve({ "app.js": app, "tidegate.yaml": yaml(functions) });
  await ask(host.url);
  await host.write("tidegate.yaml", yaml(functions, "gateway: { maxHeaderBytes: 1024, http2: false }\n"));
  const { stdout } = await host.run("reload", "--json");
  expect(JSON.parse(stdout)).toEqual([
    { kind: "setting", name: "http2", action: "upgrade" },
    { kind: "setting", name: "maxHeaderBytes", action: "applied" },
  ]);
  expect(await ask(`${host.url}/${"x".repeat(2000)}`)).toContain("TIDEGATE_HEADERS_TOO_LARGE");
  expect((await host.run("reload")).stdout).toMatch(/: http2 needs an upgrade\n$/);
});

test("without a file a reload is a new revision of the app, and so is `tidegate reload NAME` with one", async () => {
  const host = await serve({ "app.js": app }, ["app.js", "--name", "shop", "--", "one"]);
  const before = await ask(host.url);
  host.process.kill("SIGHUP");
  await reloaded(host);
  const after = await ask(host.url);
  expect(after).not.toBe(before);
  expect((await host.run("reload", "shop")).stdout).toMatch(/: shop r3\n$/);
  expect(await host.run("reload", "shap")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Cannot reload function "shap": there is none of this name'),
  });
  expect(await ask(host.url)).toMatch(/^one /);
});

test("a command for a running host says what is wrong when there is none, or several", async () => {
  const host = await serve({ "app.js": app }, ["app.js"]);
  const { pid } = host.process;
  expect(await host.run("reload", "--pid", "1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`Cannot tell a host with pid 1: there are ${host.url} (pid ${pid})`),
  });
  host.process.kill("SIGTERM");
  expect(await host.exited).toBe(0);
  expect(await host.run("upgrade")).toMatchObject({ code: 2, stderr: expect.stringContaining("this user runs none") });
});
