import { lookup } from "node:dns";
import type { Server as HttpServer } from "node:http";
import { Server } from "node:net";
import { type AskedAddress, isListenable, parseListenArguments } from "../asked-address.ts";
import { type Capture, type DeferredListen, dressServer, listenWhenAsked } from "../capture.ts";
import { resolveHost } from "../resolve-host.ts";
import { protocolOf } from "../server-protocol.ts";
import { standIn } from "./repairs/stand-in.ts";

type Listen = (this: Server, ...args: unknown[]) => Server;

// Node's own, kept before effects are looked for.
const lookUp = lookup;

export interface DeferredServerOptions {
  /** Port that stands for "any free port" in `server.address()`. */
  readonly port: number;
  /** Called by the `listen` of the first HTTP server of the program. */
  readonly onAsked: (asked: AskedAddress) => void;
  /** Called when that server was told that it listens. */
  readonly onDeferred: () => void;
  /** Called before anything else is done with a listening server. Returns in a child only, after `listenIn`. */
  readonly onListen: (asked: AskedAddress) => void;
}

/**
 * The server of a template's app. A template cannot listen, and most of an app's loading may be yet to come when it does:
 * so the first HTTP server is told that it listens, and does so in each child.
 */
export class DeferredServer {
  readonly #options: DeferredServerOptions;
  readonly #original: Listen = Server.prototype.listen as Listen;
  readonly #standIn: Listen;
  #deferred: DeferredListen | null = null;
  /** The first HTTP server, while the host it is to listen on is looked up. */
  #expected: Server | null = null;
  /** In a child: what listens there. */
  #capture: Capture | null = null;
  #restoreClose: () => void = () => {};

  constructor(options: DeferredServerOptions) {
    this.#options = options;
    const deferred = this;
    this.#standIn = standIn(this.#original, function listen(this: Server, ...args: unknown[]) {
      return deferred.#listen(this, args);
    });
    Server.prototype.listen = this.#standIn as typeof Server.prototype.listen;
  }

  get current(): DeferredListen | null {
    return this.#deferred;
  }

  hasServer(): boolean {
    return this.#deferred !== null || this.#expected !== null;
  }

  /** Tells a server that it listens. */
  defer(server: HttpServer, asked: AskedAddress, isExported: boolean): void {
    const protocol = protocolOf(server) ?? "http1";
    let isTold = false;
    this.#deferred = { server, protocol, backlog: asked.backlog, isExported, isTold: () => isTold };
    dressServer(server, asked, this.#options.port);
    Object.defineProperty(server, "listening", { value: true, configurable: true });
    this.#watchClose(server, asked);
    process.nextTick(() => {
      isTold = true;
      if (server.listening) server.emit("listening"); // it may be closed by now
    });
    this.#options.onDeferred();
  }

  /** Whoever closes it closes one that listens. The app may have a `close` of its own there, before or after. */
  #watchClose(server: HttpServer, asked: AskedAddress): void {
    const before = Object.getOwnPropertyDescriptor(server, "close");
    const original = server.close as (...args: unknown[]) => unknown;
    const close = standIn(original, (...args: unknown[]): unknown => {
      this.#options.onListen(asked);
      return original.apply(server, args);
    });
    const ours = { value: close, writable: true, enumerable: before?.enumerable === true, configurable: true };
    if (!Reflect.defineProperty(server, "close", ours)) return;
    this.#restoreClose = () => {
      if (Object.getOwnPropertyDescriptor(server, "close")?.value !== close) return;
      if (before === undefined) Reflect.deleteProperty(server, "close");
      else Object.defineProperty(server, "close", before);
    };
  }

  /** In a child: gives Node's functions back, so that what listens from now on is captured for this instance. */
  release(capture: Capture): void {
    this.#capture = capture;
    if (this.#expected !== null) capture.expect(this.#expected);
    // Something of the app may stand in for it, and end up here.
    const isReplaced = Server.prototype.listen !== this.#standIn;
    if (!isReplaced) Server.prototype.listen = capture.listen as typeof Server.prototype.listen;
  }

  /** In a child: lets the server listen that was told it does. @returns whether it does */
  listenIn(capture: Capture): boolean {
    const deferred = this.#deferred;
    if (deferred === null) return false;
    Reflect.deleteProperty(deferred.server, "listening");
    this.#restoreClose();
    return capture.listenDeferred(deferred);
  }

  /** Node's own, for the child's `captureServer`. */
  get original(): Listen {
    return this.#original;
  }

  #listen(server: Server, args: unknown[]): Server {
    if (this.#capture !== null) return this.#capture.listen.apply(server, args);
    if (!isListenable(args)) return this.#original.apply(server, args);
    const asked = parseListenArguments(args);
    const isFirst = this.#deferred === null && (this.#expected === null || this.#expected === server);
    if (isFirst && protocolOf(server) !== null) {
      this.#begin(server as HttpServer, asked);
      return server;
    }
    this.#options.onListen(asked);
    return (this.#listenInChild ?? this.#original).apply(server, args);
  }

  #begin(server: HttpServer, asked: AskedAddress): void {
    this.#options.onAsked(asked);
    listenWhenAsked(server, asked);
    const { host } = asked;
    // What it asked for before it asked for this has no effect any more.
    this.#expected = host === null ? null : server;
    if (host === null) return this.defer(server, asked, false);
    resolveHost(server, host, lookUp, (address) => {
      if (address === null || this.#expected !== server) return;
      const resolved = { ...asked, host: address };
      this.#expected = null;
      if (this.#capture === null) this.defer(server, resolved, false);
      else this.#capture.listenResolved(server, resolved);
    });
    // An app that closes it may listen with another one.
    server.once("close", () => {
      if (this.#expected === server) this.#expected = null;
    });
  }

  /** Set by `onListen`, which returns in children only. */
  get #listenInChild(): Listen | undefined {
    return this.#capture?.listen;
  }
}
