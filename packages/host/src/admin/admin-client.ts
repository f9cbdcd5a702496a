import { readdir, stat, unlink } from "node:fs/promises";
import { request } from "node:http";
import { basename, join } from "node:path";
import { type InstanceInfo, noTemplate, TidegateError } from "@tidegate/core";
import type { FunctionInfo } from "../host-options.ts";
import type { Change } from "../reload/change.ts";
import type { Upgrade } from "../takeover/successor.ts";
import { adminDir, checkAdminDir } from "./admin-dir.ts";
import type { HostInfo } from "./routes/get-host.ts";

/** What a running host said of itself, or why it did not. */
export type HostReport =
  | {
      readonly ok: true;
      readonly socketPath: string;
      readonly host: HostInfo;
      readonly instances: readonly InstanceInfo[];
      readonly functions: readonly FunctionInfo[];
    }
  | { readonly ok: false; readonly socketPath: string; readonly reason: string };

/** A host that was started before an update says less. */
type ToldInstance = Omit<InstanceInfo, "start" | "ownBytes"> & Partial<Pick<InstanceInfo, "start" | "ownBytes">>;
type ToldFunction = Omit<FunctionInfo, "template"> & Partial<Pick<FunctionInfo, "template">>;

/** Longest wait for a host's answer: it says what it has in memory, so a slower one is stuck. */
const answerTimeoutMs = 3000;

/** No host takes longer from binding its socket to listening on it, in milliseconds. */
const startingMs = 60_000;

/**
 * Asks every running host of this user for its instances and functions, and removes the sockets of hosts that died.
 *
 * @param dir folder of the sockets. Default: `adminDir()`
 * @returns one report a host, in the order of their sockets' names
 * @throws TIDEGATE_ADMIN_UNAVAILABLE when the folder is not this user's
 */
export async function askHosts(dir: string = adminDir()): Promise<HostReport[]> {
  if (!(await checkAdminDir(dir))) return [];
  const names = (await readdir(dir)).filter((name) => name.endsWith(".sock")).sort();
  const reports = await Promise.all(names.map((name) => ask(join(dir, name))));
  return reports.filter((report) => report !== null);
}

/**
 * Lets a running host read its configuration again.
 *
 * @param socketPath of its admin API, from `askHosts`
 * @param functions names of those that get a new revision in any case
 * @returns what changed, once that serves
 * @throws the host's own error, with its code, when it could not; TIDEGATE_ADMIN_UNAVAILABLE when it did not answer
 */
export async function reloadHost(socketPath: string, functions: readonly string[] = []): Promise<readonly Change[]> {
  return (await command(socketPath, "/reload", { functions })) as readonly Change[];
}

/**
 * Lets a running host replace itself by a new process.
 *
 * @param socketPath of its admin API, from `askHosts`
 * @returns both processes, once the new one serves
 * @throws TIDEGATE_UPGRADE_FAILED when it does not; TIDEGATE_ADMIN_UNAVAILABLE when the host did not answer
 */
export async function upgradeHost(socketPath: string): Promise<Upgrade> {
  return (await command(socketPath, "/upgrade", null)) as Upgrade;
}

async function ask(socketPath: string): Promise<HostReport | null> {
  try {
    const [host, instances, functions] = await Promise.all(
      ["/host", "/instances", "/functions"].map((path) => get(socketPath, path)),
    );
    return {
      ok: true,
      socketPath,
      host: host as HostInfo,
      instances: (instances as ToldInstance[]).map((info) => ({
        ...info,
        start: info.start ?? "process",
        ownBytes: info.ownBytes === undefined ? info.memoryBytes : info.ownBytes,
      })),
      functions: (functions as ToldFunction[]).map((fn) => ({
        ...fn,
        template: fn.template ?? noTemplate(fn.name, fn.revision, "its host is of a version that forks none"),
      })),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // It went away between listing and asking.
    if (code === "ENOENT") return null;
    if (code !== "ECONNREFUSED") return { ok: false, socketPath, reason: message };
    if (await isLeftBehind(socketPath)) await unlink(socketPath).catch(() => {});
    return null;
  }
}

/**
 * Whether nobody listens on a socket any more. A host that starts has bound its socket a moment before it listens; without
 * its file nobody would ever find it.
 */
async function isLeftBehind(socketPath: string): Promise<boolean> {
  const pid = Number.parseInt(basename(socketPath), 10);
  if (!isAlive(pid)) return true;
  // Another process may have got the id since.
  const stats = await stat(socketPath).catch(() => null);
  return stats !== null && Date.now() - stats.mtimeMs > startingMs;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function get(socketPath: string, path: string): Promise<unknown> {
  const { status, body } = await send(socketPath, "GET", path, "", answerTimeoutMs);
  if (status !== 200) throw new Error(`answered ${status}: ${body}`);
  return JSON.parse(body);
}

/** Has no time limit: the host has its own for what it is told to do. */
async function command(socketPath: string, path: string, payload: unknown): Promise<unknown> {
  try {
    const { status, body } = await send(socketPath, "POST", path, payload === null ? "" : JSON.stringify(payload), 0);
    const answer: unknown = JSON.parse(body);
    if (status === 200) return answer;
    const { error } = answer as { readonly error: { readonly code: string; readonly message: string } };
    throw new TidegateError(error.code, error.message);
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError("TIDEGATE_ADMIN_UNAVAILABLE", `Cannot ask the host at "${socketPath}": ${state}`, {
      cause,
    });
  }
}

function send(
  socketPath: string,
  method: string,
  path: string,
  payload: string,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": Buffer.byteLength(payload) };
    const asked = request({ socketPath, path, method, headers, agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on("error", reject);
    asked.end(payload);
  });
}
