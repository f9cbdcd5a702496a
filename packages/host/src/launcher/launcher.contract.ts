import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Entry, type FunctionConfig, functionDefaults } from "@tidegate/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Endpoint, Launch, Launched, LaunchOptions } from "./launcher.ts";

/** One launcher, and how to have it run a program. */
export interface LauncherCase {
  readonly name: string;
  /** URL of the module that exports it as `launch`, for a host in a process of its own. */
  readonly launchUrl: string;
  readonly launch: Launch;
  /** Makes an entry that runs this Node module; it serves on `process.env.PORT`. */
  readonly entry: (file: string) => Entry;
  /** Whether the launcher knows of the event loop. */
  readonly tellsEventLoopDelay: boolean;
}

const server = `
import { createServer } from "node:http";
const server = createServer((req, res) => {
  if (req.url === "/busy") for (const until = Date.now() + 300; Date.now() < until; );
  res.end("pid " + process.pid);
});
`;
const listens = `${server}server.listen(process.env.PORT);\n`;

/** Everything that a launcher must do, whatever it starts. */
export function describeLauncher({ name, launch, launchUrl, entry, tellsEventLoopDelay }: LauncherCase): void {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function options(
    program: string,
    change: Partial<FunctionConfig> = {},
  ): Promise<LaunchOptions & { lines: string[] }> {
    const dir = await mkdtemp(join(tmpdir(), "tidegate-launcher-"));
    cleanups.push(() => rm(dir, { recursive: true, force: true }));
    const file = join(dir, "app.mjs");
    await writeFile(file, program);
    const lines: string[] = [];
    const base = { ...functionDefaults, name: "app", entry: entry(file), cwd: dir, env: {}, routes: [] };
    return {
      function: { ...base, ...change },
      instance: "app-r1-1",
      runtimeDir: join(dir, "run"),
      publicPort: 3000,
      onOutput: (stream, line) => lines.push(`${stream}: ${line}`),
      lines,
    };
  }

  async function start(given: LaunchOptions): Promise<Launched> {
    const launched = await launch(given);
    cleanups.push(async () => {
      launched.signal("SIGKILL");
      await launched.exited;
      launched.release();
    });
    return launched;
  }

  async function startProgram(program: string, change: Partial<FunctionConfig> = {}): Promise<Launched> {
    return start(await options(program, change));
  }

  describe(name, () => {
    it("is ready when its endpoint answers", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      expect(await ask(launched.endpoint)).toBe(`pid ${launched.pid}`);
    });

    it("is not ready before its startup path answers with 2xx or 3xx, and says what it lacks", async () => {
      const given = await options(
        `import { existsSync } from "node:fs";
         import { createServer } from "node:http";
         createServer((req, res) => {
           res.statusCode = req.url === "/up" && existsSync("migrated") ? 204 : 503;
           res.end(() => console.log("asked", req.url));
         }).listen(process.env.PORT);`,
        { health: { ...functionDefaults.health, startupPath: "/up" } },
      );
      const launched = await start(given);
      await until(() => given.lines.includes("stdout: asked /up"));
      await until(() => launched.lacks() === 'its startup path "/up" answers with 503');
      await writeFile(join(given.function.cwd, "migrated"), "");
      await launched.ready;
    });

    it("tells how its process ended, what it wrote last, and each line", async () => {
      const given = await options(`console.log("one\\ntwo"); console.error("three"); process.exitCode = 3;`);
      const launched = await start(given);
      expect(await launched.exited).toEqual({ code: 3, signal: null, cause: null });
      expect([...launched.lastWords()].sort()).toEqual(["one", "three", "two"]);
      expect(given.lines.sort()).toEqual(["stderr: three", "stdout: one", "stdout: two"]);
      expect(launched.lacks()).toBe("it does not listen");
    });

    it("passes signals on, which the program may handle", async () => {
      const launched = await startProgram(`${listens}process.on("SIGTERM", () => process.exit(7));`);
      await launched.ready;
      launched.signal("SIGTERM");
      expect(await launched.exited).toEqual({ code: 7, signal: null, cause: null });
      launched.signal("SIGTERM"); // nothing to do, and no error
    });

    it("tells the signal that ended it", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      launched.signal("SIGKILL");
      expect(await launched.exited).toEqual({ code: null, signal: "SIGKILL", cause: null });
    });

    it("is known to be ending when its connections break", async () => {
      const launched = await startProgram(`${listens}server.on("request", () => {});`);
      await launched.ready;
      const { endpoint } = launched;
      const socket = "path" in endpoint ? connect(endpoint.path) : connect(endpoint.port, endpoint.host);
      await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
      expect(launched.isEnding()).toBe(false);
      const broken = new Promise<boolean>((resolve) => {
        socket.on("error", () => {}).once("close", () => resolve(launched.isEnding()));
      });
      socket.resume();
      launched.signal("SIGKILL");
      expect(await broken).toBe(true);
      expect(await launched.ended).toMatchObject({ signal: "SIGKILL" });
      expect(launched.isEnding()).toBe(true);
    });

    it("leaves nothing behind that its process started", async () => {
      const given = await options(
        `import { spawn } from "node:child_process";
         console.log("child", spawn("sleep", ["1000"], { stdio: "ignore" }).pid);
         ${listens}`,
      );
      const launched = await start(given);
      await launched.ready;
      await until(() => given.lines.length > 0);
      const pid = Number(given.lines[0]?.split(" ").at(-1));
      expect(isAlive(pid)).toBe(true);
      process.kill(launched.pid ?? 0, "SIGKILL");
      await launched.exited;
      await until(() => !isAlive(pid));
    });

    it("stands still while it is frozen, and answers what came meanwhile once it is thawed", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      await ask(launched.endpoint);
      launched.freeze();
      await until(() => stateOf(launched.pid) === "T");
      const answer = ask(launched.endpoint);
      expect(await Promise.race([answer, pause(100, "nothing")])).toBe("nothing");
      launched.thaw();
      expect(await answer).toBe(`pid ${launched.pid}`);
    });

    it("can be killed while it is frozen", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      launched.freeze();
      await until(() => stateOf(launched.pid) === "T");
      launched.signal("SIGKILL");
      expect(await launched.exited).toMatchObject({ signal: "SIGKILL" });
    });

    it("tells what its processes use", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      const before = await launched.measure();
      if (before === null) throw new Error("It does not tell");
      expect(before.memoryBytes).toBeGreaterThan(20 * 2 ** 20);
      expect(before.memoryBytes).toBeLessThan(2 ** 30);
      // As often as it takes: on a busy machine it computes for a part of the time only.
      await until(async () => {
        await ask(launched.endpoint, "/busy");
        return ((await launched.measure())?.cpuMs ?? 0) > before.cpuMs + 200;
      });
      expect(before.eventLoopDelayMs === null).toBe(!tellsEventLoopDelay);
    });

    it("tells nothing of a process that is gone", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      launched.signal("SIGKILL");
      await launched.exited;
      expect(await launched.measure()).toBeNull();
    });

    it.runIf(process.platform === "linux")("is killed before the host when memory runs out", async () => {
      const launched = await startProgram(listens);
      await launched.ready;
      const own = Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
      const score = Number(await readFile(`/proc/${launched.pid}/oom_score_adj`, "utf8"));
      expect(score).toBe(Math.min(1000, own + 500));
    });

    it("says why a process could not be started at all", async () => {
      const given = await options(listens, { cwd: "/nowhere" });
      const launched = await start(given);
      const { cause, code } = await launched.exited;
      expect(code).toBeNull();
      expect(cause).toMatchObject({ code: "ENOENT" });
      expect(launched.pid).toBeNull();
    });

    it("signals nobody when its process is gone", async () => {
      const launched = await startProgram(listens);
      launched.signal("SIGKILL");
      await launched.exited;
      const kill = vi.spyOn(process, "kill");
      launched.signal("SIGTERM");
      expect(kill).not.toHaveBeenCalled();
      kill.mockRestore();
    });

    it("gives up to wait when it is released, as often as that happens", async () => {
      const launched = await startProgram("setInterval(() => {}, 1000);");
      launched.release();
      launched.release();
      launched.signal("SIGKILL");
      await launched.exited;
    });

    it.each(["running", "frozen"])("ends with a killed host, %s, and so does what it started", async (state) => {
      const given = await options(
        `import { spawn } from "node:child_process";
         process.on("SIGTERM", () => {});
         spawn("sleep", ["1000"], { stdio: "ignore" });
         ${listens}`,
      );
      const host = spawn(process.execPath, ["--input-type=module", "--eval", hostProgram(launchUrl, given, state)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [pid = 0, ...others] = await new Promise<number[]>((resolve, reject) => {
        host.stdout.once("data", (chunk) => resolve(JSON.parse(String(chunk))));
        host.once("exit", () => reject(new Error("The host ended by itself")));
      });
      const processes = [...(await groupOf(pid)), ...others];
      expect(processes.length).toBeGreaterThan(2);
      if (state === "frozen") await until(() => stateOf(pid) === "T");
      host.kill("SIGKILL");
      await until(() => processes.every((each) => !isAlive(each)));
    });
  });
}

/** A host that starts one instance, and tells its process and those that watch it. */
function hostProgram(launchUrl: string, given: LaunchOptions, state: string): string {
  return `
    import { execFileSync } from "node:child_process";
    const { launch } = await import(${JSON.stringify(launchUrl)});
    const launched = await launch({ ...${JSON.stringify(given)}, onOutput: () => {} });
    await launched.ready;
    ${state === "frozen" ? "launched.freeze();" : ""}
    const children = execFileSync("pgrep", ["-P", String(process.pid)], { encoding: "utf8" }).trim().split("\\n").map(Number);
    console.log(JSON.stringify([launched.pid, ...children.filter((pid) => pid !== launched.pid)]));
    setInterval(() => {}, 1000);
  `;
}

export const hereUrl: (name: string) => string = (name) => pathToFileURL(join(import.meta.dirname, name)).href;

async function groupOf(group: number): Promise<number[]> {
  const { execFileSync } = await import("node:child_process");
  return execFileSync("pgrep", ["-g", String(group)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
}

function ask(endpoint: Endpoint, path = "/"): Promise<string> {
  const where = "path" in endpoint ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port };
  return new Promise((resolve, reject) => {
    request({ ...where, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    })
      .on("error", reject)
      .end();
  });
}

/** State letter of a process as ps has it: T is stopped. */
function stateOf(pid: number | null): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.charAt(stat.lastIndexOf(")") + 2);
}

/** A zombie whose parent has yet to look is not alive. */
function isAlive(pid: number): boolean {
  try {
    return stateOf(pid) !== "Z";
  } catch {
    return false;
  }
}

/** For what nothing tells of: states in the kernel. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(5);
}
