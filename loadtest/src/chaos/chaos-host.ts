import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InstanceInfo } from "@tidegate/core";
import type { FunctionOptions, HostOptions } from "@tidegate/host";
import { startProgram } from "../program/child-program.ts";
import { HostLog } from "./host-log.ts";

const appFile: string = fileURLToPath(new URL("../apps/chaos.js", import.meta.url));

/** Names of the functions that are served. */
export const chaosFunctions: readonly string[] = ["steady", "broad", "narrow", "cold"];

/** How each of them runs: kept warm; in wide instances; with one request each, so that they queue; cold ever again. */
const shapes: Readonly<Record<string, Partial<FunctionOptions>>> = {
  steady: { concurrency: 20, scaling: { minInstances: 1, maxInstances: 3, idleTimeoutMs: 2_000 } },
  broad: { concurrency: 50, scaling: { minInstances: 0, maxInstances: 3, idleTimeoutMs: 2_000 } },
  narrow: { concurrency: 2, scaling: { minInstances: 0, maxInstances: 3, idleTimeoutMs: 1_500 } },
  cold: { concurrency: 10, scaling: { minInstances: 0, maxInstances: 2, idleTimeoutMs: 300 } },
};

/** A host under chaos: how to look at it, and what can be done to it. */
export interface ChaosHost {
  readonly url: string;
  /** Process of the host that serves now. */
  pid(): number;
  readonly log: HostLog;
  instances(): Promise<InstanceInfo[]>;
  /** Gives a function a new revision; rejects when that cannot start, as one that `isBroken`. */
  redeploy(name: string, isBroken: boolean): Promise<void>;
  readonly reloadConfig: (() => Promise<string>) | null;
  readonly upgrade: (() => Promise<string>) | null;
  /** Stops it; resolves with its exit code, null when it had to be killed. */
  stop(): Promise<number | null>;
}

/**
 * Starts a host with the functions of chaos.
 *
 * @param dir folder of this run: journals, logs, sockets
 * @param mark assignment `NAME=value` that all its processes have in their environment
 */
export async function startChaosHost(dir: string, mark: string): Promise<ChaosHost> {
  for (const name of ["journal", "died", "run", "tmp", "xdg"]) mkdirSync(join(dir, name));
  const logFile = join(dir, "host.log");
  writeFileSync(logFile, "");
  const env = { CHAOS_DIR: dir, XDG_RUNTIME_DIR: join(dir, "xdg"), TMPDIR: join(dir, "tmp") };
  const options: HostOptions = {
    port: 0,
    hostname: "127.0.0.1",
    runtimeDir: join(dir, "run"),
    functions: chaosFunctions.map((name) => ({
      name,
      entry: { kind: "node", file: appFile },
      routes: [{ path: `/${name}` }],
      timeoutMs: 20_000,
      ...shapes[name],
    })),
  };
  const [markName = "", markValue = ""] = mark.split("=");
  const program = await startProgram(
    new URL("./host-program.ts", import.meta.url),
    [JSON.stringify(options), logFile],
    { ...env, [markName]: markValue },
  );
  const { process: child } = program;
  const exit = once(child, "exit");
  const log = new HostLog(logFile);
  let reloads = 0;
  return {
    url: program.url,
    log,
    pid: () => child.pid ?? 0,
    reloadConfig: null,
    upgrade: null,
    instances: async () => (await askAdmin(join(dir, "xdg", "tidegate"), "/instances")) as InstanceInfo[],
    async redeploy(name, isBroken) {
      const id = ++reloads;
      const file = isBroken ? join(dir, "missing.js") : appFile;
      const answered = new Promise<string | null>((resolve) => {
        const onMessage = (message: { readonly id?: number; readonly error: string | null }): void => {
          if (message.id !== id) return;
          child.off("message", onMessage);
          resolve(message.error);
        };
        child.on("message", onMessage);
      });
      child.send({ id, name, change: { entry: { kind: "node", file } } });
      const error = await answered;
      if (error !== null) throw new Error(error);
    },
    async stop() {
      await program.stop();
      const [code] = await exit;
      return code as number | null;
    },
  };
}

/** Asks the only host of a folder of admin sockets. */
export async function askAdmin(dir: string, path: string): Promise<unknown> {
  const [name] = readdirSync(dir).filter((each) => each.endsWith(".sock"));
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  request({ socketPath: join(dir, name ?? ""), path, agent: false, timeout: 5_000 }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
  })
    .on("error", reject)
    .end();
  return promise;
}
