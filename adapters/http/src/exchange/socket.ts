import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { TidegateError } from "@tidegate/core";

function ignore(): void {}

const OPTIONS = { emitClose: false } as const;

/** Whoever has to know what happens to a connection. */
export interface SocketOwner {
  /** The connection was destroyed, with the error that was given. */
  socketDestroyed(error: Error | null): void;
  /** The connection is gone; `close` is emitted next. */
  socketClosed(): void;
  /** The connection was idle for as long as the app asked. */
  socketIdle(): void;
}

/**
 * The connection an app sees as `req.socket`: a real stream that says who is at the other end, with nothing behind it.
 *
 * Destroying it is how both sides give up: the app by `res.destroy()`, the caller by aborting its request.
 */
export class AppSocket extends Duplex {
  /** Address of the client, `undefined` when the platform does not tell. */
  readonly remoteAddress: string | undefined;
  /** There only when the client spoke TLS, as of tls.TLSSocket; Express and Koa read it for `req.protocol`. */
  declare readonly encrypted?: true;
  /** Idle time in milliseconds after which `timeout` is emitted; 0 for never. */
  timeout: number = 0;
  #owner: SocketOwner | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  /**
   * @param remoteAddress address of the client
   * @param encrypted whether the client spoke TLS
   */
  constructor(remoteAddress: string | undefined, encrypted: boolean) {
    super(OPTIONS);
    this.remoteAddress = remoteAddress;
    if (encrypted) (this as { encrypted?: true }).encrypted = true;
    // A server always listens for errors of its sockets, so that one does not end the process.
    this.on("error", ignore);
  }

  /** Sets who is told what happens. */
  static own(socket: AppSocket, owner: SocketOwner): void {
    socket.#owner = owner;
  }

  /** Tells the idle timer that bytes passed. */
  static touch(socket: AppSocket): void {
    socket.#idleTimer?.refresh();
  }

  // On the prototype, as of net.Socket, and not in each instance: nearly nobody asks.
  get remotePort(): number {
    return 0;
  }

  get localAddress(): string {
    return "127.0.0.1";
  }

  get localPort(): number {
    return 0;
  }

  get connecting(): boolean {
    return false;
  }

  get pending(): boolean {
    return false;
  }

  get bytesRead(): number {
    return 0;
  }

  get bytesWritten(): number {
    return 0;
  }

  get remoteFamily(): string | undefined {
    return this.remoteAddress === undefined ? undefined : this.remoteAddress.includes(":") ? "IPv6" : "IPv4";
  }

  get readyState(): string {
    return this.destroyed ? "closed" : "open";
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, callback: (error: Error) => void): void {
    callback(
      new TidegateError("TIDEGATE_SOCKET_WRITE", "Cannot write to the socket: a function event has no connection"),
    );
  }

  override _final(callback: () => void): void {
    callback();
    // Nothing follows what the app has ended, as the platform's connection is not the app's to keep.
    this.destroy();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#idleTimer);
    this.#owner?.socketDestroyed(error);
    // As net.Socket, which is closed for streams at once, and emits `close` when the system has closed it, a turn of the
    // event loop later: the order of a request's and a response's events depends on both.
    setImmediate(() => {
      this.#owner?.socketClosed();
      this.emit("close", error !== null);
    });
    callback(error);
  }

  address(): AddressInfo {
    return { address: this.localAddress, family: "IPv4", port: this.localPort };
  }

  destroySoon(): void {
    this.destroy();
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  /** As of net.Socket: emits `timeout` after `timeoutMs` without a byte; 0 turns it off. */
  setTimeout(timeoutMs: number, callback?: () => void): this {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    this.timeout = timeoutMs;
    if (timeoutMs === 0) {
      if (callback !== undefined) this.removeListener("timeout", callback);
      return this;
    }
    if (callback !== undefined) this.once("timeout", callback);
    if (!this.destroyed) this.#idleTimer = setTimeout(() => this.#idle(), timeoutMs);
    return this;
  }

  #idle(): void {
    this.emit("timeout");
    this.#owner?.socketIdle();
  }

  // Nagle and keep-alive belong to the platform's connection, so these do nothing but exist.
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  setKeepAlive(_enable?: boolean, _initialDelayMs?: number): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
