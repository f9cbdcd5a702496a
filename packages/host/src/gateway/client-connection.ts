import { TLSSocket } from "node:tls";
import type { HostErrorCode } from "../errors.ts";
import type { ClientSocket, ConnectionInfo } from "./connection-info.ts";
import { statusOf, writeErrorAnswer } from "./error-response.ts";
import { Exchange, type ExchangeGateway } from "./exchange.ts";
import { createForwardedLines } from "./forwarded.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";

const LF = 10;
const CR = 13;

/** A client that sends requests ahead of responses is read on until this many bytes wait. */
const earlyBytesLimit = 64 * 1024;

/** After the last response of a connection the client gets this long to close it, in milliseconds. */
const lingerMs = 2_000;

export interface ClientConnectionOptions {
  readonly trustProxy: boolean;
  readonly maxHeaderBytes: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly nextRequestId: () => string;
  /** Told a request that was refused before it could be understood. */
  readonly onRefused: (code: HostErrorCode) => void;
}

/** One client's connection: reads heads, and serves one request after the other. */
export class ClientConnection {
  readonly socket: ClientSocket;
  readonly info: ConnectionInfo;
  /** Lines that tell the client how long its connection is kept. */
  readonly keepAliveLines: string;
  readonly #gateway: ExchangeGateway;
  readonly #options: ClientConnectionOptions;
  readonly #writeForwarded: ReturnType<typeof createForwardedLines>;
  #exchange: Exchange | null = null;
  /** Bytes that came before they could be used: part of a head, or of later requests. */
  #early: Buffer | null = null;
  /** When the client has to have done what it is waited for, on the clock of `performance.now()`. */
  #deadline: number;
  #isClosing = false;
  #hasServed = false;

  constructor(socket: ClientSocket, info: ConnectionInfo, gateway: ExchangeGateway, options: ClientConnectionOptions) {
    this.socket = socket;
    this.info = info;
    this.#gateway = gateway;
    this.#options = options;
    this.#deadline = performance.now() + options.headersTimeoutMs;
    this.keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(options.keepAliveTimeoutMs / 1000)}\r\n`;
    this.#writeForwarded = createForwardedLines(info, options.trustProxy);
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

  /** Whether a request is being served. */
  get exchange(): Exchange | null {
    return this.#exchange;
  }

  forwardedLines(head: RequestHead): string {
    return this.#writeForwarded(head.host, head.forwarded);
  }

  /** The exchange is over; the connection waits for the next request, or closes. */
  onExchangeEnd(keepsAlive: boolean): void {
    this.#exchange = null;
    this.#hasServed = true;
    if (!keepsAlive || this.#gateway.isDraining) return this.closeSoon();
    this.#deadline = performance.now() + this.#options.keepAliveTimeoutMs;
    if (this.socket.writableNeedDrain) {
      // A client that sends requests but reads no responses must not fill the memory: it goes on when it has read.
      this.#deadline = performance.now() + this.#options.headersTimeoutMs;
      this.socket.pause();
      return;
    }
    // The upload before may have paused it.
    this.socket.resume();
    if (this.#early === null) return;
    // Not at once: thousands of small requests sent ahead must not nest as deep.
    queueMicrotask(() => this.#readEarly());
  }

  /** Sends what is written and ends; what the client still sends is dropped, so that it is not told of a reset instead. */
  closeSoon(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#early = null;
    this.#deadline = performance.now() + (this.socket.writableLength > 0 ? this.#options.headersTimeoutMs : lingerMs);
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

  /** Gives the socket away, with the bytes that followed the head; the connection knows nothing of it from here on. */
  detach(): { readonly socket: ClientSocket; readonly early: Buffer | null } {
    const { socket } = this;
    socket.off("data", this.#onData).off("drain", this.#onDrain).off("end", this.#onEnd).off("close", this.#onClose);
    const early = this.#early;
    this.#early = null;
    return { socket, early };
  }

  /** Ends what took too long. Called about once a second. */
  sweep(now: number): void {
    if (this.#exchange !== null) return this.#exchange.sweep(now);
    if (now < this.#deadline) return;
    if (this.#isClosing || (this.#early === null && this.#hasServed)) this.socket.destroy();
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
    if (exchange === null) return this.#readHead(this.#withEarly(chunk));
    const at = exchange.isRequestSent ? 0 : exchange.takeBody(chunk, 0);
    if (at < 0) return exchange.onRequestBroken();
    if (at === chunk.length) return;
    this.#keepEarly(at === 0 ? chunk : chunk.subarray(at));
    // The response was complete before the request's body was.
    if (this.#exchange === null) this.#readEarly();
  };

  readonly #onDrain = (): void => {
    if (this.#exchange !== null) return this.#exchange.onClientWritable();
    if (this.#isClosing) return;
    this.#deadline = performance.now() + this.#options.keepAliveTimeoutMs;
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
  };

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
    let start = 0;
    // An empty line before a request is to be ignored (RFC 9112, 2.2).
    while (bytes[start] === CR && bytes[start + 1] === LF) start += 2;
    const { maxHeaderBytes } = this.#options;
    const end = bytes.indexOf("\r\n\r\n", start, "latin1");
    if (end < 0 ? bytes.length - start > maxHeaderBytes : end - start > maxHeaderBytes) {
      return this.#refuse(
        "TIDEGATE_HEADERS_TOO_LARGE",
        `Cannot read the request: its headers are larger than ${maxHeaderBytes} bytes`,
      );
    }
    if (end < 0) return this.#awaitHead(start === 0 ? bytes : bytes.subarray(start));
    const head = parseRequestHead(bytes.toString("latin1", start, end + 2));
    if ("refused" in head) return this.#refuse(head.refused, `Cannot read the request: ${head.why}`);
    const exchange = new Exchange(this, this.#gateway, head, head.requestId ?? this.#options.nextRequestId());
    this.#exchange = exchange;
    const rest = end + 4;
    if (rest < bytes.length) {
      const at = exchange.isRequestSent ? rest : exchange.takeBody(bytes, rest);
      if (at < 0) return exchange.onRequestBroken();
      if (at < bytes.length) this.#keepEarly(bytes.subarray(at));
    }
    this.#gateway.handle(exchange);
  }

  /** Keeps part of a head; refuses at once what can never become one. */
  #awaitHead(part: Buffer): void {
    const lineEnd = part.indexOf(LF);
    const first = part[0] ?? 0x47;
    if ((lineEnd >= 0 && part[lineEnd - 1] !== CR) || first < 0x21 || first > 0x7e) {
      return this.#refuse("TIDEGATE_REQUEST_INVALID", "Cannot read the request: it does not begin with a request line");
    }
    if (this.#early === null && this.#hasServed) this.#deadline = performance.now() + this.#options.headersTimeoutMs;
    this.#early = part;
  }

  #refuse(code: HostErrorCode, message: string): void {
    this.#options.onRefused(code);
    if (statusOf(code) !== 0 && this.socket.writable) {
      writeErrorAnswer(this.socket, { code, message, requestId: this.#options.nextRequestId(), closes: true });
    }
    this.closeSoon();
  }
}

function ignore(): void {}
