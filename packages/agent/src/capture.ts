import type { Server as HttpServer } from "node:http";
import { type AddressInfo, type ListenOptions, Server } from "node:net";
import { showClient } from "./client-address.ts";
import type { AppProtocol } from "./control.ts";
import { isSecure, leaveTlsToGateway, protocolOf } from "./server-protocol.ts";

export interface CaptureOptions {
  /** Unix socket the captured server listens on instead of the port it asked for. */
  readonly socket: string;
  /** Port that stands for "any free port" in `server.address()`. */
  readonly port: number;
  /** Called each time a captured server listens on the socket, with what it speaks there. */
  readonly onListening: (protocol: AppProtocol) => void;
}

export interface Capture {
  readonly hasServer: () => boolean;
  /** Serves what the main module exported, until the program listens with a server of its own after all. */
  readonly serveExported: (server: HttpServer) => void;
}

/**
 * Lets the first HTTP server of this process that listens do so on the instance's socket. All other servers (a
 * metrics port, a database's client) listen where they say. The app notices nothing: its callback runs, its
 * `listening` event comes, and `server.address()` answers what it asked for.
 */
export function captureServer(options: CaptureOptions): Capture {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  let captured: Server | null = null;
  let exported: Server | null = null;

  function capturingListen(this: Server, ...args: unknown[]): Server {
    const asked = parseListenArguments(args);
    if (exported !== null && exported === this && captured === this) {
      if (asked.callback !== null) process.nextTick(asked.callback);
      return this;
    }
    const protocol = protocolOf(this);
    if (exported !== null && protocol !== null) {
      exported.close();
      exported = null;
      captured = null;
    }
    if (captured !== null || protocol === null) return listen.apply(this, args);
    captured = this;
    const server = this as HttpServer;
    if (isSecure(server)) leaveTlsToGateway(server);
    this.address = () => (this.listening ? addressOf(asked, options.port) : null);
    keepConnections(server);
    showClient(server, asked.port || options.port);
    this.once("listening", () => options.onListening(protocol));
    // An app that closes its server may listen again, with it or another one.
    this.once("close", () => {
      if (captured === this) captured = null;
    });
    if (asked.callback !== null) this.once("listening", asked.callback);
    return listen.call(this, { path: options.socket, ...(asked.backlog !== null && { backlog: asked.backlog }) });
  }

  Server.prototype.listen = capturingListen as typeof Server.prototype.listen;
  return {
    hasServer: () => captured !== null,
    serveExported: (server) => {
      server.listen(options.port);
      exported = server;
    },
  };
}

/** The gateway is the only client and decides when a connection ends: closing idle ones here would race its requests. */
function keepConnections(server: HttpServer): void {
  server.keepAliveTimeout = 0;
}

interface AskedAddress {
  readonly port: number;
  readonly host: string;
  readonly backlog: number | null;
  readonly callback: (() => void) | null;
}

/** Reads `listen(port, host, backlog, callback)` and `listen(options, callback)`, all but the first argument optional. */
function parseListenArguments(args: readonly unknown[]): AskedAddress {
  const last = args.findLast((arg) => typeof arg === "function") as (() => void) | undefined;
  const callback = last ?? null;
  const [first, ...rest] = args;
  if (typeof first === "object" && first !== null) {
    const { port, host, backlog } = first as ListenOptions;
    return { port: Number(port ?? 0), host: host ?? "::", backlog: backlog ?? null, callback };
  }
  const port = typeof first === "number" || typeof first === "string" ? Number(first) || 0 : 0;
  const host = rest.find((arg) => typeof arg === "string") as string | undefined;
  const backlog = rest.find((arg) => typeof arg === "number") as number | undefined;
  return { port, host: host ?? "::", backlog: backlog ?? null, callback };
}

function addressOf(asked: AskedAddress, anyPort: number): AddressInfo {
  return { address: asked.host, family: asked.host.includes(":") ? "IPv6" : "IPv4", port: asked.port || anyPort };
}
