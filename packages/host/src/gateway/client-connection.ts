import { TLSSocket } from "node:tls";
import type { HostErrorCode } from "../errors.ts";
import type { ClientConnections } from "./client-connections.ts";
import type { ClientSocket, ConnectionInfo } from "./connection-info.ts";
import { errorResponse } from "./error-response.ts";
import { Exchange, type ExchangeGateway } from "./exchange.ts";
import { forwardedLines } from "./forwarded.ts";
import { findHeadEnd, findHeadStart, noHeadEnd } from "./head-end.ts";
import { keepAliveBufferMs, keepAliveLines } from "./keep-alive-lines.ts";
import { ReaderWatch } from "./reader-watch.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";
import type { LineMember, WaitingLine } from "./waiting-line.ts";

/** A client that sends requests ahead of responses is read on until this many bytes wait. */
const earlyBytesLimit = 64 * 1024;

const prefaceLine = "PRI * HTTP/2.0\r\n\r\n";

/** After the last response of a connection the client gets this long to close it, in milliseconds. */
const lingerMs = 2_000;

export interface ClientConnectionOptions {
  readonly trustProxy: boolean;
  readonly maxHeaderBytes: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Longest time without progress of a body the client owes, and of a response it is to read. */
  readonly bodyTimeoutMs: number;
  readonly nextRequestId: () => string;
  /** Told a request that was refused before it could be understood. */
  readonly onRefused: (code: HostErrorCode) => void;
  /** Takes over a connection that begins with the preface of HTTP/2; null: that is refused. */
  readonly takeHttp2: ((socket: ClientSocket, info: ConnectionInfo, first: Buffer) => void) | null;
}

/** One client's connection: reads heads, and serves one request after the other. */
export class ClientConnection implements LineMember<ClientConnection> {
  line: WaitingLine<ClientConnection> | null = null;
  before: ClientConnection | null = null;
  behind: ClientConnection | null = null;
  /** When what it waits for has to have happened, on the clock of `performance.now()`. */
  deadline = 0;
  readonly socket: ClientSocket;
  readonly info: ConnectionInfo;
  readonly #gateway: ExchangeGateway;
  readonly #all: ClientConnections;
  readonly #options: ClientConnectionOptions;
  #exchange: Exchange | null = null;
  /** Bytes that came before they could be used: part of a head, or of later requests. */
  #early: Buffer | null = null;
  /** So many of them are known to hold no end of a head. */
  #searched = 0;
  /** Null while nothing is known to wait for the client. */
  #watch: ReaderWatch | null = null;
  #isClosing = false;
  /** Whether a request has been read. */
  #hasBegun = false;
  #forwardedHost: string | null = null;
  #forwardedLines = "";

  constructor(
    socket: ClientSocket,
    info: ConnectionInfo,
    gateway: ExchangeGateway,
    all: ClientConnections,
    options: ClientConnectionOptions,
  ) {
    this.socket = socket;
    this.info = info;
    this.#gateway = gateway;
    this.#all = all;
    this.#options = options;
    this.#wait(all.head, options.headersTimeoutMs);
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("error", ignore); // "close" follows
    socket.on("close", this.#onClose);
  }

  /** Takes the first bytes of the connection, where others have read them. */
  begin(first: Buffer): void {
    this.#onData(first);
  }

  /** The request that is being served. */
  get exchange(): Exchange | null {
    return this.#exchange;
  }

  get bodyTimeoutMs(): number {
    return this.#options.bodyTimeoutMs;
  }

  /** Lines that tell the client how long its connection is kept. */
  get keepAliveLines(): string {
    return keepAliveLines(this.#options.keepAliveTimeoutMs);
  }

  forwardedLines({ host, forwarded }: RequestHead): string {
    if (this.#options.trustProxy) return forwardedLines(this.info, host, forwarded);
    // A client names the same host again and again over one connection: its lines are made once.
    if (host !== this.#forwardedHost) {
      this.#forwardedHost = host;
      this.#forwardedLines = forwardedLines(this.info, host, null);
    }
    return this.#forwardedLines;
  }

  /** The exchange is over; the connection waits for the next request, or closes. */
  onExchangeEnd(keepsAlive: boolean): void {
    this.#exchange = null;
    if (!keepsAlive) return this.closeSoon();
    if (this.socket.writableNeedDrain) {
      // A client that sends requests but reads no responses must not fill the memory: it goes on when it has read.
      this.#awaitReader();
      this.socket.pause();
      return;
    }
    this.#wait(this.#all.idle, this.#options.keepAliveTimeoutMs + keepAliveBufferMs);
    // The upload before may have paused it.
    this.socket.resume();
    if (this.#early === null) return;
    // Not at once: thousands of small requests sent ahead must not nest as deep.
    queueMicrotask(() => this.#readEarly());
  }

  /** Sends what is written and ends; what the client still sends is dropped, so that it is not told of a reset instead. */
  closeSoon(): void {
    if (this.#isClosing || this.socket.destroyed) return;
    this.#isClosing = true;
    this.#early = null;
    if (this.socket.writableLength > 0) this.#awaitReader();
    else this.#wait(this.#all.ended, lingerMs);
    this.socket.end();
    this.socket.resume();
  }

  /** Ends a response that cannot be completed, so that the client can tell. */
  breakOff(): void {
    this.#isClosing = true;
    // Only TCP can be reset; over TLS the client misses the alert that announces an orderly end (RFC 8446, 6.1).
    if (this.socket instanceof TLSSocket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** Gives the socket away, with the bytes that followed the head; the connection only waits for its end from here on. */
  detach(): { readonly socket: ClientSocket; readonly early: Buffer | null } {
    const { socket } = this;
    socket.off("data", this.#onData).off("drain", this.#onDrain).off("end", this.#onEnd).off("close", this.#onClose);
    socket.once("close", () => this.#all.remove(this));
    const early = this.#early;
    this.#early = null;
    return { socket, early };
  }

  /** Looks after the request that is being served. Called about once a second. */
  sweep(now: number): void {
    if (this.#hasStalled(now)) this.breakOff();
    else this.#exchange?.sweep(now);
  }

  /** Its deadline has passed; it was not being served. */
  onDeadline(now: number): void {
    const { line } = this;
    const isRead = this.#isClosing && this.socket.writableLength === 0;
    if (line === this.#all.unread && !isRead && !this.#hasStalled(now)) return this.#awaitReader();
    // A slow client may still have to read the end of its last response.
    if (line === this.#all.idle && this.socket.writableLength > 0) this.closeSoon();
    else if (line !== this.#all.head) this.socket.destroy();
    else if (this.#early === null) this.closeSoon();
    else
      this.#refuse(
        "TIDEGATE_REQUEST_TIMEOUT",
        `Cannot read the request: its headers took longer than ${this.#options.headersTimeoutMs} ms`,
      );
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isClosing) return;
    const exchange = this.#exchange;
    if (exchange === null) {
      // It was on its way when the socket was paused.
      if (this.line === this.#all.unread) return this.#keepEarly(chunk);
      return this.#readHead(this.#withEarly(chunk));
    }
    const at = exchange.isRequestSent ? 0 : exchange.takeBody(chunk, 0);
    if (at < 0) return exchange.onRequestBroken();
    if (at === chunk.length) return;
    this.#keepEarly(at === 0 ? chunk : chunk.subarray(at));
    // The response was complete before the request's body was.
    if (this.#exchange === null) this.#readEarly();
  };

  readonly #onDrain = (): void => {
    this.#watch = null;
    if (this.#exchange !== null) return this.#exchange.onClientWritable();
    if (this.#isClosing) return;
    this.#wait(this.#all.idle, this.#options.keepAliveTimeoutMs + keepAliveBufferMs);
    this.socket.resume();
    this.#readEarly();
  };

  readonly #onEnd = (): void => {
    this.#exchange?.onClientGone();
    this.socket.end();
  };

  readonly #onClose = (): void => {
    this.#isClosing = true;
    this.#exchange?.onClientGone();
    this.#all.remove(this);
  };

  #wait(line: WaitingLine<ClientConnection>, spanMs: number): void {
    this.deadline = performance.now() + spanMs;
    line.add(this);
    this.#all.onChange();
  }

  /** Waits for the client to read what is written. */
  #awaitReader(): void {
    this.#watch = new ReaderWatch(this.socket, performance.now());
    this.#wait(this.#all.unread, this.#options.bodyTimeoutMs);
  }

  /** Whether the client has read nothing for too long of what is written. */
  #hasStalled(now: number): boolean {
    if (this.socket.writableLength === 0) {
      this.#watch = null;
      return false;
    }
    this.#watch ??= new ReaderWatch(this.socket, now);
    return this.#watch.hasStalled(now, this.#options.bodyTimeoutMs);
  }

  #readEarly(): void {
    if (this.#isClosing || this.#exchange !== null || this.#early === null) return;
    const bytes = this.#early;
    this.#early = null;
    this.socket.resume();
    this.#readHead(bytes);
  }

  #withEarly(chunk: Buffer): Buffer {
    if (this.#early === null) return chunk;
    const bytes = Buffer.concat([this.#early, chunk]);
    this.#early = null;
    return bytes;
  }

  #keepEarly(bytes: Buffer): void {
    this.#early = this.#withEarly(bytes);
    if (this.#early.length > earlyBytesLimit) this.socket.pause();
  }

  /** Reads a request's head from `bytes`, and begins to serve it once it is whole. */
  #readHead(bytes: Buffer): void {
    const { maxHeaderBytes } = this.#options;
    const start = findHeadStart(bytes);
    const end = findHeadEnd(bytes, start, this.#searched, maxHeaderBytes);
    this.#searched = 0;
    if (end === noHeadEnd.invalid) {
      return this.#refuse("TIDEGATE_REQUEST_INVALID", "Cannot read the request: it does not begin with a request line");
    }
    if (end === noHeadEnd.tooLarge) {
      return this.#refuse(
        "TIDEGATE_HEADERS_TOO_LARGE",
        `Cannot read the request: its headers are larger than ${maxHeaderBytes} bytes`,
      );
    }
    if (end < 0) return this.#awaitHead(bytes.subarray(start));
    const head = parseRequestHead(bytes.toString("latin1", start, end + 2));
    if ("refused" in head) {
      if (!this.#hasBegun && !this.info.isSecure && this.#options.takeHttp2 !== null && isHttp2(bytes))
        return this.#leaveToHttp2(bytes);
      return this.#refuse(head.refused, `Cannot read the request: ${head.why}`);
    }
    this.#hasBegun = true;
    const exchange = new Exchange(this, this.#gateway, head, head.requestId ?? this.#options.nextRequestId());
    this.#exchange = exchange;
    this.#all.serving.add(this);
    const rest = end + 4;
    if (rest < bytes.length) {
      const at = exchange.isRequestSent ? rest : exchange.takeBody(bytes, rest);
      if (at < 0) return exchange.onRequestBroken();
      if (at < bytes.length) this.#keepEarly(bytes.subarray(at));
    }
    this.#gateway.handle(exchange);
  }

  /** Only a connection in the clear comes here with a preface: over TLS, ALPN says what is spoken. */
  #leaveToHttp2(first: Buffer): void {
    const { socket } = this.detach();
    this.#all.remove(this);
    this.#options.takeHttp2?.(socket, this.info, first);
  }

  /** Keeps part of a head. All of it has to come within one span of time, however it is cut. */
  #awaitHead(part: Buffer): void {
    if (this.line !== this.#all.head) this.#wait(this.#all.head, this.#options.headersTimeoutMs);
    this.#early = part.length === 0 ? null : part;
    this.#searched = part.length;
  }

  #refuse(code: HostErrorCode, message: string): void {
    this.#options.onRefused(code);
    if (this.socket.writable) {
      this.socket.write(
        errorResponse({ code, message, requestId: this.#options.nextRequestId(), closes: true }),
        "latin1",
      );
    }
    this.closeSoon();
  }
}

/** The first line of the preface (RFC 9113, 3.4), which is made to look like a request of a version nobody serves. */
function isHttp2(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, prefaceLine.length) === prefaceLine;
}

function ignore(): void {}
