import { ServerResponse } from "node:http";
import type { RawHeaders } from "@tidegate/core";
import type { ResponseHead, ResponseSink } from "../sink/response-sink.ts";
import { addHeader, addUncheckedHeaders, type HeaderInput, takeFraming } from "./header-list.ts";
import { AppRequest } from "./request.ts";

/** The parts of Node's OutgoingMessage between `write`/`end`/`writeHead` and the bytes. Same names since Node 0.12. */
interface OutgoingInternals {
  _header: string | null;
  _headerSent: boolean;
  _hasBody: boolean;
  _removedContLen: boolean;
  _contentLength: number | null;
  _closed: boolean;
  getRawHeaderNames(): string[];
  _storeHeader: unknown;
  _send: unknown;
  _writeRaw: unknown;
}

type Callback = (() => void) | null | undefined;

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
  #isComplete = false;

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

  /** Hands an ended response over, should Node no longer announce `finish` because its socket broke meanwhile. */
  static complete(response: AppResponse): void {
    if (response.#isComplete) return;
    response.#isComplete = true;
    response.#flushHead();
    response.#sink.end();
  }

  /** Lets the app write on after its sink asked it to wait. */
  static drain(response: AppResponse): void {
    if (!response.#isDrainNeeded) return;
    response.#isDrainNeeded = false;
    response.emit("drain");
  }

  #storeHeader(_statusLine: string, headers: HeaderInput): void {
    const internals = this as unknown as OutgoingInternals;
    const rawHeaders: RawHeaders = [];
    const names = internals.getRawHeaderNames();
    // With any header set beforehand, writeHead has merged its own into them; else they are only in the argument.
    if (names.length > 0) for (const name of names) addHeader(rawHeaders, name, this.getHeader(name));
    else if (headers !== undefined) addUncheckedHeaders(rawHeaders, headers);
    const { contentLength, isChunked } = takeFraming(rawHeaders);
    if (contentLength !== undefined) internals._contentLength = contentLength;
    // As Node does: a body given whole to end() gets its length, unless the app removed the header on purpose.
    else if (!isChunked && internals._hasBody && !internals._removedContLen && internals._contentLength !== null) {
      rawHeaders.push("Content-Length", String(internals._contentLength));
    }
    this.#head = { status: this.statusCode, statusText: this.statusMessage, rawHeaders };
    internals._header = _statusLine;
    internals._headerSent = false;
  }

  #send(data: string | Uint8Array, encoding: BufferEncoding, callback: Callback): boolean {
    this.#flushHead();
    const isAccepted = data.length === 0 || this.#sink.chunk(data, encoding);
    if (typeof callback === "function") process.nextTick(callback);
    if (!isAccepted) this.#needDrain();
    return isAccepted;
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
    AppResponse.complete(this);
    const { socket } = this;
    if (socket !== null) this.detachSocket(socket);
    AppRequest.release(this.#request);
    process.nextTick(emitClose, this);
  }
}

function emitClose(response: AppResponse): void {
  const internals = response as unknown as OutgoingInternals;
  if (internals._closed) return;
  response.destroyed = true;
  internals._closed = true;
  response.emit("close");
}
