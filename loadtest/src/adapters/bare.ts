import { IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import type { Handler } from "./contestant.ts";

/** The part of an event that a bare request is made of. */
interface BareEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Record<string, string>;
  readonly requestContext: { readonly http: { readonly method: string } };
}

/**
 * Node's own request and response and nothing else: the least a call of an unmodified app costs.
 *
 * The response gets a socket that takes what is written, so that Node's own `end` runs as a whole, with the head and
 * `finish`. The socket is a plain object: a `Writable` would be one more object to construct (`bareWritableHandler`
 * measures it), and to replace `end` would leave out part of the response (`bareEndHandler`).
 */
export function bareHandler(listener: RequestListener): Handler {
  return (event) =>
    new Promise((resolve) => {
      const req = createRequest(event as BareEvent);
      const res = new ServerResponse(req);
      let written = "";
      const socket = {
        _writableState: {},
        writable: true,
        on: nothing,
        removeListener: nothing,
        destroy: nothing,
        cork: nothing,
        uncork: nothing,
        write(data: string, encoding: unknown, done: unknown): boolean {
          written += data;
          const callback = typeof encoding === "function" ? encoding : done;
          if (typeof callback === "function") callback();
          return true;
        },
      };
      res.assignSocket(socket as unknown as Socket);
      res.on("finish", () => resolve(resultOf(res, bodyOf(written))));
      listener(req, res);
    });
}

/** As `bareHandler`, with a real `Writable` for a socket. */
export function bareWritableHandler(listener: RequestListener): Handler {
  return (event) =>
    new Promise((resolve) => {
      const req = createRequest(event as BareEvent);
      const res = new ServerResponse(req);
      let written = "";
      const socket = new Writable({
        decodeStrings: false,
        write(data: string, _encoding, done) {
          written += data;
          done();
        },
      });
      res.assignSocket(socket as Socket);
      res.on("finish", () => resolve(resultOf(res, bodyOf(written))));
      listener(req, res);
    });
}

/** As `bareHandler`, without a socket: the response ends in place of Node's `end`, so no head is made. */
export function bareEndHandler(listener: RequestListener): Handler {
  return (event) =>
    new Promise((resolve) => {
      const req = createRequest(event as BareEvent);
      const res = new ServerResponse(req);
      res.end = (body?: unknown) => {
        resolve(resultOf(res, String(body)));
        res.emit("finish");
        return res;
      };
      listener(req, res);
    });
}

function createRequest({ headers, rawPath, rawQueryString, requestContext }: BareEvent): IncomingMessage {
  const req = new IncomingMessage({ readable: true } as Socket);
  req.method = requestContext.http.method;
  req.url = `${rawPath}?${rawQueryString}`;
  req.headers = headers;
  return req;
}

function resultOf(res: ServerResponse, body: string): object {
  return { statusCode: res.statusCode, headers: res.getHeaders(), body, isBase64Encoded: false };
}

/** What follows the head. */
function bodyOf(written: string): string {
  return written.slice(written.indexOf("\r\n\r\n") + 4);
}

function nothing(): void {}
