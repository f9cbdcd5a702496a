import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { InstanceInfo, TemplateInfo } from "@tidegate/core";
import type { FunctionInfo } from "@tidegate/host";
import { type ChaosFunction, chaosAppFile, hasGuest, writeChaosConfig } from "./chaos-config.ts";
import { HostLog } from "./host-log.ts";
import { processesOf } from "./leaks.ts";

const command: string = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));

/** Longest wait for the host to serve, and to end, in milliseconds. */
const startMs = 30_000;
const stopMs = 30_000;

/** A host under chaos: how to look at it, and what can be done to it. */
export interface ChaosHost {
  readonly url: string;
  /** Process of the host that serves now. */
  pid(): number;
  readonly log: HostLog;
  /** Those of the host that serves, and of those that it replaced and that still drain. */
  instances(): Promise<InstanceInfo[]>;
  /** Of the functions of the same hosts; those that have none are among them. */
  templates(): Promise<TemplateInfo[]>;
  /** Processes of the app that are no instances and no templates: children that templates have forked ahead. */
  childrenAhead(): Promise<number[]>;
  /** Gives a function a new revision; rejects when that cannot start. */
  redeploy(name: string): Promise<void>;
  /** Tries to give a function an entry that cannot start. Rejects when the host takes it. */
  redeployInVain(name: ChaosFunction): Promise<void>;
  /** Changes the configuration and lets the host read it; returns what changed. */
  reloadConfig(): Promise<string>;
  /** Takes away the function that was not there at first, if it is: with its template a host holds more. */
  removeGuest(): Promise<void>;
  /** Lets a new process take the host's place; returns the ids of both. */
  upgrade(): Promise<string>;
  /** Stops it. Resolves with what was wrong with its end; null when nothing was. Idempotent. */
  stop(): Promise<string | null>;
}

/**
 * Starts `tidegate serve` with the functions of chaos.
 *
 * @param dir folder of this run: configuration, journals, logs, sockets
 * @param mark assignment `NAME=value` that all its processes have in their environment
 */
export async function startChaosHost(dir: string, mark: string): Promise<ChaosHost> {
  for (const name of ["journal", "died", "tmp", "xdg"]) mkdirSync(join(dir, name));
  const logFile = join(dir, "host.log");
  // A file, not a pipe: a reader that is late would stop the host, and the next host goes on writing to it.
  const output = openSync(logFile, "a");
  const [markName = "", markValue = ""] = mark.split("=");
  const env = {
    CHAOS_DIR: dir,
    XDG_RUNTIME_DIR: join(dir, "xdg"),
    TMPDIR: join(dir, "tmp"),
    [markName]: markValue,
  };
  const child = spawn(
    process.execPath,
    // The port is that of the inspector that is opened to look at the heap.
    ["--inspect-port=127.0.0.1:0", command, "serve", "--config", writeChaosConfig(dir), "--json", "--log-requests"],
    { cwd: dir, env: { ...process.env, ...env }, stdio: ["ignore", output, output] },
  );
  closeSync(output);
  process.once("exit", () => killAll(mark));
  const exit = once(child, "exit");
  const log = new HostLog(logFile);
  const url = await untilServing(log, () => child.exitCode);
  return new RunningHost(url, log, dir, mark, child.pid ?? 0, exit);
}

class RunningHost implements ChaosHost {
  readonly url: string;
  readonly log: HostLog;
  readonly #dir: string;
  readonly #mark: string;
  readonly #firstExit: Promise<unknown[]>;
  #pid: number;
  #round = 0;
  #stopped: Promise<string | null> | null = null;

  constructor(url: string, log: HostLog, dir: string, mark: string, pid: number, firstExit: Promise<unknown[]>) {
    this.url = url;
    this.log = log;
    this.#dir = dir;
    this.#mark = mark;
    this.#pid = pid;
    this.#firstExit = firstExit;
  }

  pid(): number {
    return this.#pid;
  }

  async instances(): Promise<InstanceInfo[]> {
    return (await this.#askAll("/instances")) as InstanceInfo[];
  }

  async templates(): Promise<TemplateInfo[]> {
    return ((await this.#askAll("/functions")) as FunctionInfo[]).map(({ template }) => template);
  }

  async childrenAhead(): Promise<number[]> {
    const [instances, templates] = await Promise.all([this.instances(), this.templates()]);
    const known = new Set([...instances, ...templates].map(({ pid }) => pid));
    // The commands of host and shell name other files.
    return processesOf(this.#mark).filter((pid) => !known.has(pid) && commandOf(pid).includes(chaosAppFile));
  }

  async redeploy(name: string): Promise<void> {
    await this.#tell("/reload", { functions: [name] });
  }

  async redeployInVain(name: ChaosFunction): Promise<void> {
    writeChaosConfig(this.#dir, { broken: name, round: this.#round });
    const taken = await this.#tell("/reload", { functions: [] }).then(
      () => true,
      () => false,
    );
    writeChaosConfig(this.#dir, { round: this.#round });
    if (!taken) return;
    await this.#tell("/reload", { functions: [] });
    throw new Error(`Function "${name}" was redeployed with an entry that cannot start`);
  }

  async reloadConfig(): Promise<string> {
    this.#round++;
    writeChaosConfig(this.#dir, { round: this.#round });
    return JSON.stringify(await this.#tell("/reload", { functions: [] }));
  }

  async removeGuest(): Promise<void> {
    if (hasGuest(this.#round)) await this.reloadConfig();
  }

  async upgrade(): Promise<string> {
    const { from, to } = (await this.#tell("/upgrade", null)) as { readonly from: number; readonly to: number };
    this.#pid = to;
    return `${from} by ${to}`;
  }

  /** Answers of all hosts of the run, in one array. */
  async #askAll(path: string): Promise<unknown[]> {
    const folder = join(this.#dir, "xdg", "tidegate");
    const sockets = readdirSync(folder).filter((name) => name.endsWith(".sock"));
    const answers = await Promise.all(
      // One that ends meanwhile has nothing any more.
      sockets.map((name) => askAdmin(join(folder, name), "GET", path).catch(() => [])),
    );
    return answers.flat();
  }

  stop(): Promise<string | null> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #tell(path: string, body: unknown): Promise<unknown> {
    return askAdmin(join(this.#dir, "xdg", "tidegate", `${this.#pid}-1.sock`), "POST", path, body);
  }

  async #stop(): Promise<string | null> {
    const until = Date.now() + stopMs;
    if (processesOf(this.#mark).includes(this.#pid)) process.kill(this.#pid, "SIGTERM");
    while (processesOf(this.#mark).includes(this.#pid)) {
      if (Date.now() > until) {
        killAll(this.#mark);
        return `the host did not end within ${stopMs} ms`;
      }
      await pause(50);
    }
    this.log.read();
    // Only the first one is a child of this process; of those after it the log has to tell.
    const [code, signal] = await this.#firstExit;
    if (code !== 0) return `the first host ended with ${signal ?? code}`;
    return this.log.isStopped ? null : "the host ended without saying so";
  }
}

function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
  } catch {
    return [];
  }
}

/** Kills what is left of a run. */
export function killAll(mark: string): void {
  for (const pid of processesOf(mark)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ESRCH: it ended by itself meanwhile.
    }
  }
}

async function untilServing(log: HostLog, exitCode: () => number | null): Promise<string> {
  const until = Date.now() + startMs;
  for (;;) {
    log.read();
    if (log.url !== null) return log.url;
    if (exitCode() !== null || Date.now() > until) {
      throw new Error(`Cannot start the host: ${log.unread.join(" ") || "it does not serve"}`);
    }
    await pause(20);
  }
}

function askAdmin(socketPath: string, method: string, path: string, body: unknown = null): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const asked = request({ socketPath, method, path, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      if (response.statusCode === 200) resolve(JSON.parse(text));
      else reject(new Error(`${method} ${path} was answered with ${response.statusCode}: ${text}`));
    });
  });
  asked.on("error", reject);
  asked.end(body === null ? undefined : JSON.stringify(body));
  return promise;
}
