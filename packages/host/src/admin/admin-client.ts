import { readdir, unlink } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { InstanceInfo } from "@tidegate/core";
import { adminDir, checkAdminDir } from "./admin-dir.ts";
import type { HostInfo } from "./admin-server.ts";

/** What a running host said of itself, or why it did not. */
export type HostReport =
  | { readonly ok: true; readonly host: HostInfo; readonly instances: readonly InstanceInfo[] }
  | { readonly ok: false; readonly socketPath: string; readonly reason: string };

/** Longest wait for a host's answer: it says what it has in memory, so a slower one is stuck. */
const answerTimeoutMs = 3000;

/**
 * Asks every running host of this user for its instances, and removes the sockets of hosts that died.
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

async function ask(socketPath: string): Promise<HostReport | null> {
  try {
    const [host, instances] = await Promise.all([get(socketPath, "/host"), get(socketPath, "/instances")]);
    return { ok: true, host: host as HostInfo, instances: instances as InstanceInfo[] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // It went away between listing and asking.
    if (code === "ENOENT") return null;
    if (code !== "ECONNREFUSED") return { ok: false, socketPath, reason: message };
    await unlink(socketPath).catch(() => {});
    return null;
  }
}

function get(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, agent: false, timeout: answerTimeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) return reject(new Error(`answered ${response.statusCode}: ${body}`));
        try {
          resolve(JSON.parse(body));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${answerTimeoutMs} ms`)));
    asked.on("error", reject);
    asked.end();
  });
}
