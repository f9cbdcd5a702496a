import { type Endpoint, HttpConnection } from "./http-connection.ts";

/** A request as it is written, and what it must be answered with. */
export interface SingleRequest {
  /** Head and body. */
  readonly bytes: string;
  readonly method: string;
}

export interface SingleAnswer {
  /** Status line and header lines. */
  readonly head: string;
  /** When the first byte of the head, and the last of the body came, on the clock of `performance.now()`. */
  readonly firstAt: number;
  readonly wholeAt: number;
}

/** `GET path`, or with a body `POST path` of that JSON, whose connection closes after the answer. */
export function singleRequest(host: string, path: string, json: string | null = null): SingleRequest {
  const method = json === null ? "GET" : "POST";
  const body = json === null ? "" : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${body}\r\n`;
  return { method, bytes: head + (json ?? "") };
}

/** Sends it over a connection of its own; resolves when the answer is whole, rejects unless its status is 200. */
export function sendSingle(endpoint: Endpoint, { method, bytes }: SingleRequest): Promise<SingleAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SingleAnswer>();
  const connection = new HttpConnection(endpoint);
  let head = "";
  let firstAt = 0;
  connection.send(bytes, {
    method,
    onHead: ({ status, text }) => {
      firstAt = performance.now();
      head = text;
      if (status !== 200) reject(new Error(`Cannot use the response of ${describe(endpoint)}: status ${status}`));
    },
    onBody: () => {},
    onEnd: () => resolve({ head, firstAt, wholeAt: performance.now() }),
    onBroken: (cause) => reject(cause ?? new Error(`Cannot use ${describe(endpoint)}: it closed the connection`)),
  });
  return promise;
}

function describe(endpoint: Endpoint): string {
  return "path" in endpoint ? `"${endpoint.path}"` : `${endpoint.host}:${endpoint.port}`;
}
