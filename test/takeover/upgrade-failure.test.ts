import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { canFork } from "../fork/can-fork.ts";
import { ask, type CliHost, isAlive, startCliHost, until } from "./cli-host.ts";

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

/** Serves once the file "gate" is there, and says which host it belongs to. */
const gated = `
  const { existsSync } = require("node:fs");
  const server = require("node:http").createServer((request, response) => {
    if (request.url === "/never") return console.log("asked");
    response.end(String(process.ppid));
  });
  const look = () => existsSync("gate") ? server.listen(process.env.PORT) : setTimeout(look, 10);
  look();
`;

const yaml = (app: string, more = ""): string => `functions:\n  app: { entry: ${app} }\n${more}`;

const answerOf = (host: CliHost): Promise<string> => ask(host.url);

type Start = "process" | "fork";
const starts: readonly Start[] = canFork ? ["process", "fork"] : ["process"];

/** Processes of a host with one instance that is not starting any: with forks there are a template and its spare, too. */
const processesOf: Readonly<Record<Start, number>> = { process: 2, fork: 4 };

/** Starts a host with a ready instance. */
async function serveReady(start: Start): Promise<CliHost> {
  const host = await serve({ "app.js": gated, gate: "" }, ["app.js", "--start", start]);
  await answerOf(host);
  await until(async () => (await host.processes()).length === processesOf[start]);
  return host;
}

/** Starts a host with a ready instance; later instances wait for the gate. */
async function serveGated(start: Start): Promise<CliHost> {
  const host = await serveReady(start);
  await rm(join(host.folder, "gate"));
  return host;
}

/** The process of the host that is about to take over, once it starts its first instance. */
async function successorOf(host: CliHost): Promise<number> {
  let found: number | undefined;
  await until(async () => {
    for (const pid of await host.processes()) {
      const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
      const command = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
      const isChild = stat.split(") ")[1]?.split(" ")[1] === String(host.process.pid);
      if (isChild && command.includes("main.ts\0serve")) found = pid;
    }
    return (
      found !== undefined &&
      host.log.filter(({ type, state }) => type === "instance" && state === "starting").length > 1
    );
  });
  return found ?? Number.NaN;
}

describe("a host that cannot be replaced serves on, and tells why", () => {
  test("when the new one cannot read its configuration", async () => {
    const host = await serve({ "app.js": gated, gate: "", "tidegate.yaml": yaml("app.js") });
    await answerOf(host);
    await host.write("tidegate.yaml", yaml("app.js", "    concurrency: many\n"));
    const { code, stderr } = await host.run("upgrade");
    expect(code).toBe(1);
    expect(stderr).toContain("Cannot upgrade the host: Cannot use the configuration:");
    expect(stderr).toContain("(TIDEGATE_CONFIG_INVALID)");
    expect(stderr).toContain("\nTIDEGATE_UPGRADE_FAILED: ");
    expect(await answerOf(host)).toBe(String(host.process.pid));
    await host.line(({ code: reported }) => reported === "TIDEGATE_UPGRADE_FAILED");
  });

  const name = "when the app does not start any more, and nothing of the new one is left (start: %s)";
  test.each(starts)(name, async (start) => {
    const host = await serveReady(start);
    const before = { processes: await host.processes(), files: await host.leftFiles() };
    await host.write("app.js", "throw new Error('broken release')");
    const { code, stderr } = await host.run("upgrade");
    expect(code).toBe(1);
    expect(stderr).toContain(`Cannot ${start === "fork" ? "fork" : "start"} instance`);
    expect(stderr).toContain(
      start === "fork" ? "broken release" : "exit code 1 before it listened (TIDEGATE_INSTANCE_EXITED)",
    );
    expect(await answerOf(host)).toBe(String(host.process.pid));
    expect(await host.processes()).toEqual(before.processes);
    expect(await host.leftFiles()).toEqual(before.files);
    await host.write("app.js", gated);
    expect((await host.run("upgrade")).code).toBe(0);
    expect(await answerOf(host)).not.toBe(String(host.process.pid));
  });

  test.each(starts)(
    "when the new one is killed while it starts, or as soon as it serves (start: %s)",
    async (start) => {
      const host = await serveGated(start);
      const upgrading = host.run("upgrade");
      process.kill(await successorOf(host), "SIGKILL");
      const { code, stderr } = await upgrading;
      expect(code).toBe(1);
      expect(stderr).toContain("the new one ended by SIGKILL before it served");
      expect(await answerOf(host)).toBe(String(host.process.pid));
      await until(async () => (await host.processes()).length === processesOf[start]);

      await host.write("gate", "");
      const again = host.run("upgrade");
      await until(() => host.log.filter(({ type }) => type === "listening").length === 2);
      let successor: number | undefined;
      await until(async () => {
        successor = (await host.processes()).find((pid) => pid !== host.process.pid && isHostOf(host, pid));
        return successor !== undefined;
      });
      process.kill(successor ?? Number.NaN, "SIGKILL");
      expect((await again).stderr).toContain("the new one ended by SIGKILL as soon as it served");
      expect(await answerOf(host)).toBe(String(host.process.pid));
      expect(isAlive(host.process.pid ?? 0)).toBe(true);
    },
  );
});

test("of two upgrades at once one is done, and the other refused", async () => {
  const host = await serve({ "app.js": gated, gate: "" }, ["app.js"]);
  await answerOf(host);
  const ended = await Promise.all([host.run("upgrade"), host.run("upgrade")]);
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 1]);
  const refused = ended.find(({ code }) => code === 1)?.stderr;
  expect(refused).toContain("Cannot upgrade the host: the host is stopping\nTIDEGATE_HOST_STOPPING");
  expect(await host.exited).toBe(0);
  expect(await answerOf(host)).toMatch(/^\d+$/);
  expect(host.log.filter(({ type }) => type === "listening")).toHaveLength(2);
});

/** Hosts say who they are in the name of their admin socket. */
function isHostOf(host: CliHost, pid: number): boolean {
  return existsSync(join(host.folder, `run/tidegate/${pid}-1.sock`));
}

describe.each(starts)("when the old host is killed, the new one serves (start: %s)", (start) => {
  test("while that starts: connections wait, and nothing of the old one is left", async () => {
    const host = await serveGated(start);
    const old = await host.processes();
    const upgrading = host.run("upgrade");
    const successor = await successorOf(host);
    process.kill(host.process.pid ?? 0, "SIGKILL");
    const answer = answerOf(host);
    await host.write("gate", "");
    expect(await answer).toBe(String(successor));
    expect((await upgrading).stderr).toContain("TIDEGATE_ADMIN_UNAVAILABLE");
    await until(() => !old.some(isAlive));
  });

  test("while it drains", async () => {
    const host = await serveGated(start);
    await host.write("gate", "");
    const never = ask(`${host.url}/never`).then(
      () => "answered",
      () => "cut off",
    );
    await host.line(({ msg }) => msg === "asked");
    const { stdout } = await host.run("upgrade", "--json");
    const { to } = JSON.parse(stdout) as { to: number };
    process.kill(host.process.pid ?? 0, "SIGKILL");
    expect(await never).toBe("cut off");
    expect(await answerOf(host)).toBe(String(to));
    await until(async () => (await host.processes()).length === processesOf[start]);
  });
});
