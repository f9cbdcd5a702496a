import { ServerResponse } from "../node-http.ts";
import type { ResponseHead, ResponseSink } from "../sink/response-sink.ts";
import { AppRequest } from "./request.ts";
import { completeFields, type HeaderInput, type OutgoingFraming, ownHeaders, readFields } from "./response-head.ts";
import { AppSocket } from "./socket.ts";

/** The parts of Node's OutgoingMessage between `write`/`end`/`writeHead` and the bytes. Same names since Node 0.12. */
interface OutgoingInternals extends OutgoingFraming {
  _header: string | null;
  _headerSent: boolean;
  _closed: boolean;
  _storeHeader: unknown;
  _send: unknown;
  _writeRaw: unknown;
  [key: symbol]: unknown;
}

type Callback = (() => void) | null | undefined;

/** Bytes written in one turn of the event loop after which `write` returns false: the high-water mark of Node's sockets. */
const HIGH_WATER_BYTES = 64 * 1024;
/** Bytes from which it matters in which turn they came. */
const COUNTED_BYTES = 16 * 1024;

/**
 * The response an app sees: Node's own class, with its output taken just above the serializer.
 *
 * All rules of `writeHead`, `write` and `end` are Node's. Only the three methods that would produce bytes are replaced:
 * `_storeHeader` (headers to text), `_send` (body to the socket) and `_writeRaw` (1xx answers). They are set on the
 * instance, since Express replaces the prototype of the response.
 */
export class AppResponse extends ServerResponse {
  readonly #sink: ResponseSink;
  readonly #request: AppRequest;
  #head: ResponseHead | undefined;
  #isDrainNeeded = false;
  #isOver = false;
  /** Bytes that came in this turn of the event loop. */
  #turnBytes = 0;
  /** What was to be called when bytes are written, while the sink's reader is behind. */
  #held: (() => void)[] | undefined;

  /**
   * @param request the request to answer
   * @param sink where status, headers and body go
   */
  constructor(request: AppRequest, sink: ResponseSink) {
    super(request);
    this.#sink = sink;
    this.#request = request;
    const internals = this as unknown as OutgoingInternals;
    internals._storeHeader = this.#storeHeader;
    internals._send = this.#send;
    internals._writeRaw = this.#dropRaw;
    this.on("finish", this.#finish);
  }

  /** Hands an ended response over. Once; Node no longer announces `finish` when the socket broke meanwhile. */
  static complete(response: AppResponse): void {
    if (response.#isOver) return;
    response.#isOver = true;
    response.#flushHead();
    response.#sink.end();
  }

  /** Takes the sink away: what the app still sends goes nowhere, as on a closed connection. */
  static abandon(response: AppResponse): void {
    response.#isOver = true;
    response.#held = undefined;
    // Makes Node's `end` go through `_send`, which never calls back: nothing finishes on a closed connection.
    (response as unknown as OutgoingInternals)._headerSent = false;
  }

  /** Whether what the app sends goes nowhere, or everything was handed over. */
  static isAbandoned(response: AppResponse): boolean {
    return response.#isOver;
  }

  /** Whether the app has ended its response and the sink's reader is not behind. */
  static isFlushed(response: AppResponse): boolean {
    return response.writableEnded && response.#held === undefined;
  }

  /** Lets the app write on after its sink asked it to wait. */
  static drain(response: AppResponse): void {
    const held = response.#held;
    response.#held = undefined;
    if (held !== undefined) for (const callback of held) process.nextTick(callback);
    if (!response.#isDrainNeeded) return;
    response.#isDrainNeeded = false;
    if (!response.writableEnded) response.emit("drain");
  }

  /** Ends the turn in which bytes were written. */
  static #endTurn(response: AppResponse): void {
    response.#turnBytes = 0;
  }

  #storeHeader(statusLine: string, headers: HeaderInput): void {
    const internals = this as unknown as OutgoingInternals;
    // With any header set beforehand, writeHead has merged its own into them; else they are only in the argument.
    const own = OWN_HEADERS === undefined ? ownHeaders(this) : internals[OWN_HEADERS];
    const fields = readFields(
      this.statusCode,
      this.statusMessage,
      (own ?? undefined) as Parameters<typeof readFields>[2],
      headers,
    );
    completeFields(fields, internals);
    this.#head = fields;
    internals._header = statusLine;
    internals._headerSent = false;
  }

  #send(data: string | Uint8Array, encoding: BufferEncoding, callback: Callback): boolean {
    if (this.#isOver) return false;
    this.#flushHead();
    const isAccepted = data.length === 0 || this.#sink.chunk(data, encoding);
    if (typeof callback === "function") {
      if (isAccepted) process.nextTick(callback);
      else this.#hold(callback);
    }
    const socket = this.socket as unknown as AppSocket | null;
    if (socket !== null && socket.timeout > 0) AppSocket.touch(socket);
    const turnBytes = this.#turnBytes + data.length;
    // Most responses never come near the mark, and are spared the turn.
    if (turnBytes >= COUNTED_BYTES && this.#turnBytes < COUNTED_BYTES) process.nextTick(AppResponse.#endTurn, this);
    this.#turnBytes = turnBytes;
    if (isAccepted && turnBytes < HIGH_WATER_BYTES) return true;
    this.#needDrain();
    // A sink whose reader keeps up asks for nothing; a socket would have emptied its buffer by the next turn.
    if (isAccepted) setImmediate(AppResponse.drain, this);
    return false;
  }

  #hold(callback: () => void): void {
    this.#held ??= [];
    this.#held.push(callback);
  }

  #flushHead(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    (this as unknown as OutgoingInternals)._headerSent = true;
    this.#sink.head(head);
  }

  /** Node resets its own flag only for real sockets, and stream.pipeline waits as long as it is set. */
  #needDrain(): void {
    this.#isDrainNeeded = true;
    if (Object.hasOwn(this, "writableNeedDrain")) return;
    Object.defineProperty(this, "writableNeedDrain", { get: () => this.#isDrainNeeded, configurable: true });
  }

  /** 100, 102 and 103 answers cannot be expressed in any event format. */
  #dropRaw(_data: string, _encoding: string, callback: Callback): boolean {
    if (typeof callback === "function") process.nextTick(callback);
    return true;
  }

  #finish(): void {
    const { socket } = this;
    if (socket !== null) {
      if ((socket as unknown as AppSocket).timeout > 0) socket.setTimeout(0);
      this.detachSocket(socket);
    }
    process.nextTick(AppResponse.#close, this);
  }

  /** Ends the exchange, after all listeners of `finish` and `close`: the platform may stop the process then. */
  static #close(response: AppResponse): void {
    const internals = response as unknown as OutgoingInternals;
    if (!internals._closed) {
      response.destroyed = true;
      internals._closed = true;
      response.emit("close");
    }
    AppRequest.release(response.#request);
    AppResponse.complete(response);
  }
}

// The member in which Node keeps headers that were set, name by name. Read directly, since `getRawHeaderNames` and
// `getHeader` take a tenth of an Express app's time per call; `ownHeaders` is the way without it.
const OWN_HEADERS: symbol | undefined = Object.getOwnPropertySymbols(
  new ServerResponse(Object.assign(Object.create(null), { method: "GET", httpVersionMajor: 1, httpVersionMinor: 1 })),
).find((symbol) => symbol.description === "kOutHeaders");
