import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import { type AskedAddress, addressOf, isListenable, parseListenArguments } from "./asked-address.ts";
import { showClient } from "./client-address.ts";
import type { AppProtocol } from "./control.ts";
import { resolveHost } from "./resolve-host.ts";
import { isSecure, leaveTlsToGateway, protocolOf } from "./server-protocol.ts";

type Listen = (this: Server, ...args: unknown[]) => Server;

export interface CaptureOptions {
  /** Tells the Unix socket the captured server listens on instead of the port it asked for. */
  readonly socket: () => string;
  /** Port that stands for "any free port" in `server.address()`. */
  readonly port: number;
  /** Called each time a captured server listens on the socket, with what it speaks there. */
  readonly onListening: (protocol: AppProtocol) => void;
  /** Node's own `listen`. */
  readonly original: Listen;
}

/** A server that the app was told listens, and does not yet. */
export interface DeferredListen {
  readonly server: Server;
  readonly protocol: AppProtocol;
  readonly backlog: number | null;
  /** Whether it serves what the main module exported, and is none of the app's own. */
  readonly isExported: boolean;
  /** Whether the app has had the `listening` event; else it comes with a tick that waits already. */
  readonly isTold: () => boolean;
}

export interface Capture {
  /** What stands in for `listen` of all servers. */
  readonly listen: Listen;
  readonly hasServer: () => boolean;
  /** Serves what the main module exported, until the program listens with a server of its own after all. */
  readonly serveExported: (server: HttpServer) => void;
  /**
   * Lets a server listen that was dressed before, and that the app has seen listening: it gets no event of it.
   * @returns whether it listens; when not, its `error` event follows
   */
  readonly listenDeferred: (deferred: DeferredListen) => boolean;
  /** Keeps the place for a server that is about to listen: others do not take it. */
  readonly expect: (server: Server) => void;
  /** Lets a server listen whose host is looked up. */
  readonly listenResolved: (server: Server, asked: AskedAddress) => void;
}

/**
 * Makes a `listen` that lets the first HTTP server of this process that listens do so on the instance's socket. All other servers (a
 * metrics port, a database's client) listen where they say. The app notices nothing: its callback runs, its
 * `listening` event comes, and `server.address()` answers what it asked for.
 */
export function captureServer(options: CaptureOptions): Capture {
  const listen = options.original;
  let captured: Server | null = null;
  let exported: Server | null = null;

  function take(server: Server): void {
    captured = server;
    // An app that closes its server may listen again, with it or another one.
    server.once("close", () => {
      if (captured === server && !server.listening) captured = null;
    });
  }

  function serve(server: Server, asked: AskedAddress): void {
    const protocol = protocolOf(server) ?? "http1";
    dressServer(server as HttpServer, asked, options.port);
    server.once("listening", () => options.onListening(protocol));
    if (captured !== server) take(server);
    listen.call(server, whereTo(options.socket(), asked.backlog));
  }

  function capturingListen(this: Server, ...args: unknown[]): Server {
    if (!isListenable(args)) return listen.apply(this, args);
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
    const isTaken = captured !== null && (captured !== this || this.listening);
    if (isTaken || protocol === null) return listen.apply(this, args);
    if (captured !== this) take(this);
    listenWhenAsked(this, asked);
    const { host } = asked;
    if (host === null) serve(this, asked);
    else {
      const { lookup } = process.getBuiltinModule("node:dns");
      resolveHost(this, host, lookup, (address) => address !== null && serve(this, { ...asked, host: address }));
    }
    return this;
  }

  return {
    listen: capturingListen,
    hasServer: () => captured !== null,
    serveExported: (server) => {
      server.listen(options.port);
      exported = server;
    },
    listenDeferred: ({ server, backlog, isExported, isTold }) => {
      take(server);
      if (isExported) exported = server;
      const start = (): void => void listen.call(server, whereTo(options.socket(), backlog));
      withoutEvent(server, { name: "listening", passed: isTold() ? 0 : 1 }, start);
      return server.listening;
    },
    expect: take,
    listenResolved: serve,
  };
}

/** What else an app asks for when it calls `listen`. */
export function listenWhenAsked(server: Server, { callback, signal }: AskedAddress): void {
  if (callback !== null) server.once("listening", callback);
  if (signal === null) return;
  const close = (): void => void server.close();
  if (signal.aborted) return process.nextTick(close);
  signal.addEventListener("abort", close, { once: true });
  server.once("close", () => signal.removeEventListener("abort", close));
}

/** Makes a server look as if it served where it was asked to, and its sockets as if they came from there. */
export function dressServer(server: HttpServer, asked: AskedAddress, anyPort: number): void {
  if (isSecure(server)) leaveTlsToGateway(server);
  server.address = () => (server.listening ? addressOf(asked, anyPort) : null);
  keepConnections(server);
  showClient(server, asked.port || anyPort);
}

/** The gateway is the only client and decides when a connection ends: closing idle ones here would race its requests. */
function keepConnections(server: HttpServer): void {
  server.keepAliveTimeout = 0;
}

function whereTo(path: string, backlog: number | null): object {
  return { path, ...(backlog !== null && { backlog }) };
}

/** Keeps an event from the app that would come with the next tick; so many of that name that come before pass. */
function withoutEvent(server: Server, { name, passed }: { name: string; passed: number }, act: () => void): void {
  const emit = server.emit as (event: string, ...args: unknown[]) => boolean;
  let toPass = passed;
  let isOver = false;
  const emitOthers = function (this: Server, event: string, ...args: unknown[]): boolean {
    if (event !== name || isOver || toPass-- > 0) return emit.call(this, event, ...args);
    return true;
  };
  server.emit = emitOthers;
  act();
  process.nextTick(() => {
    isOver = true;
    if (server.emit === emitOthers) server.emit = emit;
  });
}
