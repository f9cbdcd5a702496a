import { afterEach, expect, test, vi } from "vitest";
import { type CliHost, isAlive, startCliHost, until } from "./cli-host.ts";
import { startOpenLoop } from "./open-loop.ts";

/** Answers with what came, after a moment, so that requests are in flight at any time. */
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

async function upgrade(host: CliHost): Promise<{ from: number; to: number; instances: number }> {
  const { code, stdout, stderr } = await host.run("upgrade", "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

test("three upgrades in a row under load: no request fails, and nothing is left behind", async () => {
  const host = await serve({ "app.js": echo }, ["app.js", "--concurrency", "4"]);
  const load = startOpenLoop(host.url, 4);
  await until(() => load.answered > 100);
  const first = await upgrade(host);
  expect(first.from).toBe(host.process.pid);
  expect(first.instances).toBeGreaterThan(0);
  const second = await upgrade(host);
  expect(second.from).toBe(first.to);
  const third = await upgrade(host);
  const answered = load.answered;
  await until(() => load.answered > answered + 200);
  const result = await load.stop();
  expect(result.failures).toEqual([]);
  expect(await host.exited).toBe(0);
  await until(() => ![first.from, second.from, third.from].some(isAlive));
  process.kill(third.to, "SIGTERM");
  await until(async () => (await host.processes()).length === 0);
  expect(await host.leftFiles()).toEqual([]);
});
