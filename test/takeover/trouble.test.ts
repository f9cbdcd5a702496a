import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ask, type CliHost, startCliHost, until } from "./cli-host.ts";

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

const app = `
  const { existsSync } = require("node:fs");
  require("node:http").createServer((request, response) => {
    if (request.url === "/slow") console.log("asked");
    const look = () => request.url !== "/slow" || existsSync("gate") ? response.end("hello") : setTimeout(look, 10);
    look();
  }).listen(process.env.PORT);
`;

describe("an error in the host that nobody caught", () => {
  const kinds = [
    ["an exception", `setImmediate(() => { throw new Error("a bug"); })`],
    ["a rejection", `void Promise.reject(new Error("a bug"))`],
  ] as const;
  test.each(kinds)("%s is told, running requests are answered, and the exit code is 1", async (_name, fault) => {
    const preload = `if (process.argv[2] === "serve") process.on("SIGWINCH", () => { ${fault}; });`;
    const host = await serve({ "app.js": app, "fault.cjs": preload }, ["app.js"], {
      NODE_OPTIONS: "--require ./fault.cjs",
    });
    const slow = ask(`${host.url}/slow`);
    await host.line(({ msg }) => msg === "asked");
    host.process.kill("SIGWINCH");
    const told = await host.line(({ code }) => code === "TIDEGATE_HOST_FAULT");
    expect(told.msg).toMatch(/nobody caught: it drains and ends\nError: a bug\n {4}at /);
    host.process.kill("SIGWINCH");
    await host.write("gate", "");
    expect(await slow).toBe("hello");
    expect(await host.exited).toBe(1);
    expect(await host.processes()).toEqual([]);
    expect(await host.leftFiles()).toEqual([]);
  });
});

describe("the host serves on", () => {
  test("when it had no file descriptor left for connections", async () => {
    const host = await serve({ "app.js": app }, ["app.js"], {}, "ulimit -n 60");
    expect(await ask(host.url)).toBe("hello");
    const { port } = new URL(host.url);
    const sockets: Socket[] = [];
    let closed = 0;
    for (let count = 0; count < 100; count++) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {}).on("close", () => closed++);
      sockets.push(socket);
    }
    await until(() => closed > 0);
    expect(closed).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
    // How soon the host sees them closed is its own matter.
    await until(async () => (await ask(host.url).catch(() => "")) === "hello");
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
  });

  test("when nobody reads its log any more", async () => {
    const host = await serve({ "app.js": app }, ["app.js", "--log-requests"]);
    expect(await ask(host.url)).toBe("hello");
    host.process.stdout?.destroy();
    host.process.stderr?.destroy();
    for (let count = 0; count < 20; count++) expect(await ask(host.url)).toBe("hello");
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
    expect(await host.leftFiles()).toEqual([]);
  });

  test("when the disk of its log is full", async () => {
    const host = await serve({ "app.js": app }, ["app.js", "--log-requests"], {}, "exec > /dev/full");
    for (let count = 0; count < 20; count++) expect(await ask(host.url)).toBe("hello");
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
    expect(await host.leftFiles()).toEqual([]);
  });
});

test("its health is 503 while it still serves, for as long as --drain-delay says", async () => {
  const host = await serve({ "app.js": app }, ["app.js", "--drain-delay", "1500ms"]);
  const health = `${host.url}/_tidegate/health`;
  expect(await ask(health)).toBe('{"status":"ok"}');
  host.process.kill("SIGTERM");
  await until(async () => (await ask(health)) === '{"status":"stopping"}');
  expect(await ask(host.url)).toBe("hello");
  expect(await host.exited).toBe(0);
  await expect(ask(host.url)).rejects.toThrow("ECONNREFUSED");
  expect(await host.leftFiles()).toEqual([]);
});
