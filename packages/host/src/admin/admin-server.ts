import { unlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { join } from "node:path";
import { TidegateError } from "@tidegate/core";
import type { Host } from "../host-options.ts";
import { adminDir, openAdminDir } from "./admin-dir.ts";
import { type AdminActions, type AdminAnswer, type AdminContext, errorAnswer } from "./route.ts";
import { adminRoutes } from "./routes/table.ts";

/** Largest body of a request, in bytes. */
const mostBodyBytes = 65_536;

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
 * Makes the admin API of a host: HTTP on the Unix socket `<pid>-<n>.sock`, for this user only. Its routes stand in
 * `routes/table.ts`.
 *
 * @param host the host to tell about
 * @param dir folder of the socket. Default: `adminDir()`
 * @param actions what may be done through it. Default: nothing
 */
export function createAdminServer(
  host: Host,
  dir: string = adminDir(),
  actions: AdminActions | null = null,
): AdminServer {
  const socketPath = join(dir, `${process.pid}-${++serversOfThisProcess}.sock`);
  const server = createServer(listenerFor({ host, startedAt: new Date().toISOString(), actions }));
  // A reload or an upgrade takes its time.
  server.requestTimeout = 0;
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
      server.listen(socketPath, () => {
        // Without descriptors left, connections cannot be accepted: who asks finds out, and the host goes on.
        server.on("error", () => {});
        resolve();
      });
    });
  }
}

function listenerFor(context: Omit<AdminContext, "body" | "accept">): RequestListener {
  return (request, response) => {
    void answer(context, request).then(({ status, contentType, body }) => {
      response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
      response.end(body);
    });
  };
}

async function answer(context: Omit<AdminContext, "body" | "accept">, request: IncomingMessage): Promise<AdminAnswer> {
  const key = `${request.method} ${request.url}`;
  const route = Object.hasOwn(adminRoutes, key) ? adminRoutes[key] : undefined;
  if (route === undefined) return errorAnswer(404, "TIDEGATE_ADMIN_NOT_FOUND", `No such route: ${key}`);
  try {
    return await route({ ...context, accept: request.headers.accept ?? "", body: await readBody(request) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof SyntaxError)
      return errorAnswer(400, "TIDEGATE_ADMIN_INVALID", `Cannot read the body: ${message}`);
    if (!(error instanceof TidegateError)) return errorAnswer(500, "TIDEGATE_HOST_FAULT", message);
    return errorAnswer(error.code === "TIDEGATE_ADMIN_NOT_FOUND" ? 404 : 409, error.code, message);
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBodyBytes) throw new SyntaxError(`it is longer than ${mostBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
}
