import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import type { Duplex } from "node:stream";
import type { HostErrorCode } from "../../errors.ts";
import type { ClientSocket, ConnectionInfo } from "../connection-info.ts";
import { ClientStream } from "./client-stream.ts";
import { requestText } from "./request-text.ts";
import { ResetBudget } from "./reset-budget.ts";

/** Streams a client may have open at once; others wait in the client. */
const maxConcurrentStreams = 128;

/** Bytes of a body that a client may send ahead of its app, per stream, and per connection. */
const streamWindow = 128 * 1024;
const sessionWindow = 1024 * 1024;

/** HTTP/2 counts 32 bytes on top of each field (RFC 9113, 6.5.2): so many fields may use the limit up. */
const countedFields = 256;

/** A connection of HTTP/2 stands for many of HTTP/1.1, and closing it races with no request: it is kept longer. */
const idleFactor = 12;

/** When the gateway stops, requests that are on their way to it are still taken for this long, in milliseconds. */
const goawayGraceMs = 500;

/** After the session is over its client gets this long to close the connection, in milliseconds. */
const lingerMs = 2_000;

/** The last id a stream can have: a GOAWAY with it announces the end, and refuses nothing yet (RFC 9113, 6.8). */
const lastStreamId = 2 ** 31 - 1;

export interface ClientSessionOptions {
  readonly maxHeaderBytes: number;
  readonly keepAliveTimeoutMs: number;
  readonly nextRequestId: () => string;
  /** Serves the request of a stream. */
  readonly serve: (socket: ClientSocket, info: ConnectionInfo, first: Buffer) => void;
  /** Told a request that was refused before it could be understood. */
  readonly onRefused: (code: HostErrorCode) => void;
}

/** A client's connection of HTTP/2: each of its streams is served as a connection of HTTP/1.1 with one request. */
export class ClientSession {
  readonly #session: ServerHttp2Session;
  readonly #socket: Duplex;
  readonly #info: ConnectionInfo;
  readonly #options: ClientSessionOptions;
  readonly #resets: ResetBudget = new ResetBudget();
  #open = 0;
  /** Since when no stream is open, on the clock of `performance.now()`. */
  #idleSince: number = performance.now();
  #isClosing = false;
  /** When the session was seen to be over, while its socket was not. */
  #endedAt: number | null = null;

  /** @param socket whose first bytes are the client's preface; what was read of them is back in it */
  constructor(socket: Duplex, info: ConnectionInfo, options: ClientSessionOptions) {
    this.#socket = socket;
    this.#info = info;
    this.#options = options;
    this.#session = performServerHandshake(socket, sessionOptions(options.maxHeaderBytes));
    this.#session.on("error", ignore); // "close" follows
    this.#session.once("connect", () => {
      if (!this.#session.destroyed) this.#session.setLocalWindowSize(sessionWindow);
    });
    this.#session.on("stream", (stream: ServerHttp2Stream, _fields: unknown, _flags: number, fields: string[]) =>
      this.#onStream(stream, fields),
    );
  }

  /** Streams open now. */
  get streams(): number {
    return this.#open;
  }

  onClosed(listener: () => void): void {
    this.#session.once("close", listener);
  }

  /** Announces its end, takes what is on its way, and closes when the last stream is done. */
  drain(): void {
    if (this.#isClosing || this.#session.destroyed) return;
    this.#isClosing = true;
    this.#session.goaway(constants.NGHTTP2_NO_ERROR, lastStreamId);
    // When the client has answered a ping it has seen the announcement, and what it sent before has come.
    const close = (): void => {
      clearTimeout(timer);
      if (!this.#session.destroyed) this.#session.close();
    };
    const timer = setTimeout(close, goawayGraceMs);
    if (!this.#session.ping(close)) close();
  }

  /** Cuts the connection off. */
  destroy(): void {
    this.#session.destroy();
    // The session alone would wait for its client to end, too.
    this.#socket.destroy();
  }

  /** Closes it when it was idle for too long. Called about once a second. */
  sweep(now: number): void {
    if (this.#session.destroyed) {
      this.#endedAt ??= now;
      if (now - this.#endedAt >= lingerMs) this.#socket.destroy();
    } else if (this.#open === 0 && now - this.#idleSince >= idleFactor * this.#options.keepAliveTimeoutMs) this.drain();
  }

  #onStream(stream: ServerHttp2Stream, fields: readonly string[]): void {
    this.#open++;
    stream.once("close", () => this.#onStreamClose(stream));
    const request = requestText(fields, !stream.endAfterHeaders);
    if ("refused" in request) {
      const { refused: code, why } = request;
      this.#options.onRefused(code);
      const socket = new ClientStream(stream, null);
      socket.writeError({
        code,
        message: `Cannot read the request: ${why}`,
        requestId: this.#options.nextRequestId(),
        closes: true,
      });
      socket.on("error", ignore).destroySoon();
      return;
    }
    this.#options.serve(new ClientStream(stream, request), this.#info, Buffer.from(request.head, "latin1"));
  }

  #onStreamClose(stream: ServerHttp2Stream): void {
    this.#open--;
    this.#idleSince = performance.now();
    // Whoever reset it: a client can make us do so as well, and each time work was begun for nothing.
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR || this.#resets.spend(this.#idleSince)) return;
    if (this.#session.destroyed) return;
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    // Its socket is ended, and closed a little later: the reason has to arrive.
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

function sessionOptions(maxHeaderBytes: number): ServerOptions {
  return {
    // Node's own limit of fields; that of bytes comes first.
    maxHeaderListPairs: countedFields,
    // Repetition of a field is the app's affair, as it is over HTTP/1.1.
    strictSingleValueFields: false,
    settings: {
      maxConcurrentStreams,
      maxHeaderListSize: maxHeaderBytes + 32 * countedFields,
      initialWindowSize: streamWindow,
      enableConnectProtocol: true,
    },
  };
}

function ignore(): void {}
