import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { afterEach, expect, test, vi } from "vitest";
import { freePort } from "../../examples/harness/free-port.ts";
import { certificateFolder } from "../gateway/tls/test-certificates.ts";
import { ask, type CliHost, isAlive, startCliHost, until } from "./cli-host.ts";
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

test("an upgrade takes over TLS and the port of metrics, and applies what a reload cannot", async () => {
  const certificates = await certificateFolder();
  const { certFile, keyFile } = await certificates.make("a", ["127.0.0.1"]);
  const ca = await readFile(certFile);
  const [port, other, metrics] = [await freePort(), await freePort(), await freePort()];
  const yaml = (gateway: string): string => `functions:\n  app: { entry: app.js }\ngateway: { ${gateway} }\n`;
  const tls = `tls: [{ cert: ${certFile}, key: ${keyFile} }]`;
  const askTls = (at: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = get({ host: "127.0.0.1", port: at, ca, agent: false }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      });
      asked.once("error", reject);
    });
  const metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
  const first = yaml(`port: ${port}, ${tls}, metrics: { port: ${metrics} }`);
  const host = await serve({ "app.js": echo, "tidegate.yaml": first });
  expect(await askTls(port)).toBe(200);
  await upgrade(host);
  expect(await host.exited).toBe(0);
  expect(await askTls(port)).toBe(200);
  expect(await ask(metricsUrl)).toMatch(/^tidegate_/m);

  await host.write("tidegate.yaml", yaml(`port: ${other}, ${tls}`));
  const { stdout } = await host.run("reload");
  expect(stdout).toMatch(/: metrics needs an upgrade, port needs an upgrade\n$/);
  const { from } = await upgrade(host);
  await until(() => !isAlive(from));
  expect(await askTls(other)).toBe(200);
  await expect(askTls(port)).rejects.toThrow("ECONNREFUSED");
  await expect(ask(metricsUrl)).rejects.toThrow("ECONNREFUSED");
  await certificates.remove();
});
