import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { RawHeaders } from "@tidegate/core";
import type { BodyReader } from "./body-reader.ts";

/** Parts of Node's IncomingMessage that its own HTTP parser uses and the type declarations leave out. */
interface IncomingInternals {
  _addHeaderLines(rawHeaders: RawHeaders, count: number): void;
  _dump(): void;
}

/** What the request line and the headers say. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  readonly rawHeaders: RawHeaders;
}

/** Body of a request: all its bytes, a reader that pulls them, or none. */
export type RequestBody = Uint8Array | BodyReader | null;

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
    this._read = this.#read;
    (this as unknown as IncomingInternals)._addHeaderLines(head.rawHeaders, head.rawHeaders.length);
  }

  #read(): void {
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

  /**
   * Ends a request nobody has read once its response is over: Node drains it, so that `end` and `close` still come.
   * A request without listeners for them is left alone, which is nearly every GET.
   */
  static release(request: AppRequest): void {
    if (request.readableFlowing !== null || request.readableDidRead || request.destroyed) return;
    const body = request.#body;
    if (body !== null && !(body instanceof Uint8Array)) {
      request.#body = null;
      body.cancel();
    }
    if (request.listenerCount("close") + request.listenerCount("end") > 0) {
      (request as unknown as IncomingInternals)._dump();
    }
  }
}

/**
 * Makes the headers agree with the body that is really there. Platforms buffer bodies and may leave out both length
 * headers, without which body parsers see no body at all.
 *
 * @param rawHeaders headers to correct in place
 * @param lengthBytes length of the body
 */
export function setContentLength(rawHeaders: RawHeaders, lengthBytes: number): void {
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    const name = String(rawHeaders[i]).toLowerCase();
    if (name === "content-length" || name === "transfer-encoding") rawHeaders.splice(i, 2);
  }
  rawHeaders.push("Content-Length", String(lengthBytes));
}
