import { unlink } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { type InstanceInfo, TidegateError } from "@tidegate/core";
import type { Host, HostCounters } from "../host-options.ts";
import { adminDir, openAdminDir } from "./admin-dir.ts";

/** A running host, as its admin API tells at `/host`. */
export interface HostInfo {
  readonly url: string;
  readonly pid: number;
  /** When its admin API started, as ISO 8601. */
  readonly startedAt: string;
  readonly counters: HostCounters;
}

/** The admin API of one host on a Unix socket. */
export interface AdminServer {
  /** @throws TIDEGATE_ADMIN_UNAVAILABLE when the socket cannot be bound */
  start(): Promise<void>;
  /** Closes and removes the socket. Idempotent; safe before start. */
  stop(): Promise<void>;
  /** Path of the socket. */
  readonly socketPath: string;
}

let serversOfThisProcess = 0;

/**
 * Makes the admin API of a host: HTTP on the Unix socket `<pid>-<n>.sock`, for this user only.
 * `GET /instances` answers an array of `InstanceInfo`, `GET /host` a `HostInfo`.
 *
 * @param host the host to tell about
 * @param dir folder of the socket. Default: `adminDir()`
 */
export function createAdminServer(host: Host, dir: string = adminDir()): AdminServer {
  const socketPath = join(dir, `${process.pid}-${++serversOfThisProcess}.sock`);
  const server = createServer(listenerFor(host, new Date().toISOString()));
  let bound: Promise<void> | null = null;
  return {
    socketPath,
    start: () => {
      bound ??= bind();
      return bound;
    },
    stop: async () => {
      if (bound === null) return;
      await bound.catch(() => {});
      if (!server.listening) return;
      // Closing also unlinks the socket.
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };

  async function bind(): Promise<void> {
    await openAdminDir(dir);
    // Left by a dead process that had the same id.
    await unlink(socketPath).catch(() => {});
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        const message = `Cannot bind admin socket "${socketPath}": ${cause.message}`;
        reject(new TidegateError("TIDEGATE_ADMIN_UNAVAILABLE", message, { cause }));
      });
      server.listen(socketPath, resolve);
    });
  }
}

function listenerFor(host: Host, startedAt: string): RequestListener {
  const routes: Readonly<Record<string, () => InstanceInfo[] | HostInfo>> = {
    "/instances": () => host.instances(),
    "/host": () => ({ url: host.url, pid: process.pid, startedAt, counters: host.counters() }),
  };
  return (request, response) => {
    const answer = Object.hasOwn(routes, request.url ?? "") ? routes[request.url ?? ""] : undefined;
    const isKnown = answer !== undefined && request.method === "GET";
    const error = { code: "TIDEGATE_ADMIN_NOT_FOUND", message: `No such route: ${request.method} ${request.url}` };
    const body = JSON.stringify(isKnown ? answer() : { error });
    response.writeHead(isKnown ? 200 : 404, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
  };
}
