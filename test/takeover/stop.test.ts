import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { canFork } from "../fork/can-fork.ts";
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

/** Is never loaded, and keeps its thread from anything else. Its title tells that it has begun. */
const loadsForEver = 'process.title = "loads"; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';

type Start = "process" | "fork";

/** Starts a host with a ready instance; those of a later revision run the other program. */
async function serve(start: Start, next = gated.replace('"gate"', '"never"')): Promise<CliHost> {
  const host = await startCliHost({ "app.js": gated, gate: "" }, ["app.js", "--start", start]);
  hosts.push(host);
  await ask(host.url);
  await host.write("app.js", next);
  return host;
}

const starts = (host: CliHost): number =>
  host.log.filter(({ type, state }) => type === "instance" && state === "starting").length;

describe("a host that is told to stop ends, and leaves nothing", () => {
  const upgrade = { during: "an upgrade", command: "upgrade", says: "Cannot upgrade the host: this one is stopping" };
  const reload = { during: "a reload", command: "reload", says: "TIDEGATE_INSTANCE_EXITED" };
  const ways: readonly Start[] = canFork ? ["process", "fork"] : ["process"];
  const causes = ways.flatMap((start) => [upgrade, reload].map((cause) => ({ ...cause, start })));
  test.each(causes)("during $during, instances started by $start", async ({ command, says, start }) => {
    const host = await serve(start);
    const running = host.run(command);
    await until(() => starts(host) === 2);
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
    const { code, stderr } = await running;
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    await until(async () => (await host.processes()).length === 0);
    expect(await host.leftFiles()).toEqual([]);
  });

  test.skipIf(!canFork)("during a reload that loads a template", async () => {
    const host = await serve("fork", loadsForEver);
    const running = host.run("reload");
    await until(async () => (await host.processes()).some((pid) => commandLine(pid).startsWith("loads")));
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
    expect((await running).code).toBe(1);
    await until(async () => (await host.processes()).length === 0);
    expect(await host.leftFiles()).toEqual([]);
  });

  // Without a template: its process and its spare would come and go beside those that are counted.
  test("while it takes over: the host before serves on", async () => {
    const host = await serve("process");
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
    const host = await serve(canFork ? "fork" : "process");
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
  return commandLine(pid) === commandLine(host.process.pid ?? Number.NaN);
}

/** Empty when it is gone. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
