import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ask, type CliHost, startCliHost, until } from "./cli-host.ts";

// Many processes start and end one after the other, and other tests run beside.
vi.setConfig({ testTimeout: 90_000 });

let hosts: CliHost[] = [];
afterEach(async () => {
  for (const host of hosts) await host.destroy();
  hosts = [];
});

/** Listens once the file "gate" is there. */
const gated = `
  const { existsSync } = require("node:fs");
  const server = require("node:http").createServer((request, response) => response.end(String(process.ppid)));
  const look = () => existsSync("gate") ? server.listen(process.env.PORT) : setTimeout(look, 10);
  look();
`;

/**
 * Starts a host with a ready instance; instances of a later revision never get ready. Without a template: its process and its
 * spare would come and go beside those that are counted.
 */
async function serve(): Promise<CliHost> {
  const host = await startCliHost({ "app.js": gated, gate: "" }, ["app.js", "--start", "process"]);
  hosts.push(host);
  await ask(host.url);
  await host.write("app.js", gated.replace('"gate"', '"never"'));
  return host;
}

const starts = (host: CliHost): number =>
  host.log.filter(({ type, state }) => type === "instance" && state === "starting").length;

describe("a host that is told to stop ends, and leaves nothing", () => {
  const causes = [
    { during: "an upgrade", command: ["upgrade"], says: "Cannot upgrade the host: this one is stopping" },
    { during: "a reload", command: ["reload"], says: "TIDEGATE_INSTANCE_EXITED" },
  ];
  test.each(causes)("during $during", async ({ command: [name = "", ...args], says }) => {
    const host = await serve();
    const running = host.run(name, ...args);
    await until(() => starts(host) === 2);
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
    const { code, stderr } = await running;
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    await until(async () => (await host.processes()).length === 0);
    expect(await host.leftFiles()).toEqual([]);
  });

  test("while it takes over: the host before serves on", async () => {
    const host = await serve();
    const running = host.run("upgrade");
    await until(() => starts(host) === 2);
    const others = (await host.processes()).filter((pid) => pid !== host.process.pid);
    const pid = host.log.findLast(({ type, state }) => type === "instance" && state === "starting")?.pid;
    // The successor leads a group of its own; its instance another one.
    const successor = others.find((each) => each !== pid && isSuccessor(host, each));
    // Never 0: that would be the group of the tests themselves.
    process.kill(successor ?? Number.NaN, "SIGTERM");
    const { code, stderr } = await running;
    expect(code).toBe(1);
    expect(stderr).toContain("Cannot upgrade the host: ");
    expect(await ask(host.url)).toBe(String(host.process.pid));
    await until(async () => (await host.processes()).length === 2);
  });

  test("by two signals during an upgrade, at once", async () => {
    const host = await serve();
    void host.run("upgrade");
    await until(() => starts(host) === 2);
    host.process.kill("SIGINT");
    const again = setInterval(() => host.process.kill("SIGINT"), 300);
    expect([0, 130]).toContain(await host.exited);
    clearInterval(again);
    await until(async () => (await host.processes()).length === 0);
  });
});

/** Its command line is that of the host. */
function isSuccessor(host: CliHost, pid: number): boolean {
  const [one, other] = [pid, host.process.pid].map((each) => readFileSync(`/proc/${each}/cmdline`, "latin1"));
  return one === other;
}
