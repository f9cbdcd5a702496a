import type { Socket } from "node:net";
import type { RawHeaders } from "@tidegate/core";
import { IncomingMessage } from "../node-http.ts";
import type { BodyReader } from "./body-reader.ts";

/** Parts of Node's IncomingMessage that its own HTTP parser uses and the type declarations leave out. */
interface IncomingInternals {
  _consuming: boolean;
  _dumped: boolean;
  _readableState: {
    readingMore: boolean;
    resumeScheduled: boolean;
    ended: boolean;
    endEmitted: boolean;
    destroyed: boolean;
    closed: boolean;
    closeEmitted: boolean;
  };
  _addHeaderLines(rawHeaders: RawHeaders, count: number): void;
  _dump(): void;
}

/** What the request line and the headers say. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  readonly rawHeaders: RawHeaders;
  /** The headers as `req.headers` has them, where they are known already; `undefined` when a name is repeated. */
  readonly headers?: Record<string, string> | undefined;
}

/** Body of a request: all its bytes, a reader that pulls them, or none. */
export type RequestBody = Uint8Array | BodyReader | null;

// Only late releases of Node 24 have `request.signal` themselves.
const HAS_SIGNAL = "signal" in IncomingMessage.prototype;
const signalProperty = { configurable: true, get: readSignal } as const;
const controllers = new WeakMap<IncomingMessage, AbortController>();

function readSignal(this: IncomingMessage): AbortSignal {
  let controller = controllers.get(this);
  if (controller === undefined) {
    const created = new AbortController();
    controllers.set(this, created);
    if (this.socket.destroyed) {
      created.abort();
    } else {
      const abort = (): void => created.abort();
      this.once("aborted", abort);
      this.socket.once("close", abort);
    }
    controller = created;
  }
  return controller.signal;
}

/**
 * The request an app sees: Node's own class, filled the way Node's parser fills it.
 *
 * The body is pushed when the app first reads, as many requests are never read. `_read` is set on the instance, since
 * Express replaces the prototype of the request.
 */
export class AppRequest extends IncomingMessage {
  #body: RequestBody;

  /**
   * @param socket connection to show as `req.socket`
   * @param head method, target and headers
   * @param body bytes or reader of the body
   */
  constructor(socket: Socket, head: RequestHead, body: RequestBody) {
    super(socket);
    this.#body = body;
    this.method = head.method;
    this.url = head.target;
    this.httpVersion = "1.1";
    this.httpVersionMajor = 1;
    this.httpVersionMinor = 1;
    // The type says null; Node's parser says false of every request that is no upgrade.
    (this as { upgrade?: boolean | null }).upgrade = false;
    this._read = this.#read;
    const { rawHeaders } = head;
    (this as unknown as IncomingInternals)._addHeaderLines(rawHeaders, rawHeaders.length);
    const headers = "headers" in head ? head.headers : joinUnique(rawHeaders);
    if (headers !== undefined) this.headers = headers;
    if (!HAS_SIGNAL) Object.defineProperty(this, "signal", signalProperty);
  }

  #read(): void {
    const internals = this as unknown as IncomingInternals;
    if (!internals._consuming) {
      internals._consuming = true;
      internals._readableState.readingMore = false;
    }
    const body = this.#body;
    if (body !== null && !(body instanceof Uint8Array)) {
      body.pull(this);
      return;
    }
    this.#body = null;
    if (body !== null) this.push(body);
    this.complete = true;
    this.push(null);
  }

  /** Says that the body is there whole, as a server does once it has parsed the last byte. Call after the app was. */
  static received(request: AppRequest): void {
    const body = request.#body;
    if (body === null || body instanceof Uint8Array) request.complete = true;
  }

  /**
   * Ends a request nobody has read once its response is over: Node drains it, so that `end` and `close` still come.
   * Where nobody listens, which is nearly every GET, it is only marked as closed.
   */
  static release(request: AppRequest): void {
    const internals = request as unknown as IncomingInternals;
    const state = internals._readableState;
    if (internals._consuming || state.resumeScheduled || request.destroyed) return;
    const body = request.#body;
    request.#body = null;
    if (body !== null && !(body instanceof Uint8Array)) body.cancel();
    if (request.listenerCount("close") + request.listenerCount("end") > 0) {
      request.complete = true;
      request.push(null);
      internals._dump();
      return;
    }
    internals._dumped = true;
    state.ended = true;
    state.endEmitted = true;
    state.destroyed = true;
    state.closed = true;
    state.closeEmitted = true;
  }
}

/**
 * Builds `req.headers` of headers that all differ, which is nearly every request: Node's own way costs three times as
 * much, as it looks each name up in its table of rules for repeats.
 *
 * @returns `undefined` when a name is repeated, and Node's rules are needed
 */
function joinUnique(rawHeaders: RawHeaders): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    // A cookie to set is always a list. Inherited members count as repeated, and are Node's to treat.
    if (headers[name] !== undefined || name === "set-cookie") return undefined;
    headers[name] = rawHeaders[i + 1] as string;
  }
  return headers;
}
