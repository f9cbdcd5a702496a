import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { TidegateError } from "@tidegate/core";

function discard(): void {}

/**
 * The connection an app sees as `req.socket`: a real stream that says who is at the other end, with nothing behind it.
 *
 * Destroying it is how both sides give up: the app by `res.destroy()`, the caller by aborting its request.
 */
export class AppSocket extends Duplex {
  /** Address of the client, `undefined` when the platform does not tell. */
  readonly remoteAddress: string | undefined;
  /** Whether the client spoke TLS; Express and Koa read it for `req.protocol`. */
  readonly encrypted: boolean;
  readonly remotePort: number = 0;
  readonly localAddress: string = "127.0.0.1";
  readonly localPort: number = 0;
  readonly connecting: boolean = false;
  readonly pending: boolean = false;
  readonly bytesRead: number = 0;
  readonly bytesWritten: number = 0;
  /** Called once when the connection is destroyed, with the error that was given. */
  onDestroy: (error: Error | null) => void = discard;

  /**
   * @param remoteAddress address of the client
   * @param encrypted whether the client spoke TLS
   */
  constructor(remoteAddress: string | undefined, encrypted: boolean) {
    super();
    this.remoteAddress = remoteAddress;
    this.encrypted = encrypted;
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

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.onDestroy(error);
    // A server always listens for errors of its sockets, so an error here must not end the process.
    callback(this.listenerCount("error") > 0 ? error : null);
  }

  address(): AddressInfo {
    return { address: this.localAddress, family: "IPv4", port: this.localPort };
  }

  destroySoon(): void {
    this.destroy();
  }

  // Timers and keep-alive belong to the platform's connection, so these do nothing but exist.
  setTimeout(_timeoutMs: number, _callback?: () => void): this {
    return this;
  }

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
