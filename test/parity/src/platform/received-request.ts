import type { IncomingMessage } from "node:http";

/** A client's request as a platform's edge has it before it makes an event of it. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path as the client sent it, without the query. */
  readonly path: string;
  /** Query as the client sent it, without `?`; `undefined` when there is no `?`. */
  readonly query: string | undefined;
  /** Header lines in order and case, without those that speak about the connection. */
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
  readonly clientIp: string;
}

/** Name and value of one header line. */
export type HeaderLine = readonly [name: string, value: string];

/** Headers that belong to one connection (RFC 9110, 7.6.1): an edge ends the client's connection, so they end there. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Tells whether a header stays at the edge. */
export function isConnectionHeader(name: string): boolean {
  return CONNECTION_HEADERS.has(name.toLowerCase());
}

/** Pairs up Node's flat list of headers. */
export function toLines(rawHeaders: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push([String(rawHeaders[i]), String(rawHeaders[i + 1])]);
  return lines;
}

/** Finds the first value of a header by its lower-case name. */
export function findLine(lines: readonly HeaderLine[], name: string): string | undefined {
  return lines.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

/** Splits a request target at its first `?`. */
export function splitTarget(target: string): { path: string; query: string | undefined } {
  const at = target.indexOf("?");
  return at < 0 ? { path: target, query: undefined } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** Reads all but the body of a request. */
export function readHead(request: IncomingMessage): Omit<ReceivedRequest, "body"> {
  return {
    method: request.method ?? "GET",
    ...splitTarget(request.url ?? "/"),
    headers: toLines(request.rawHeaders).filter(([name]) => !isConnectionHeader(name)),
    clientIp: request.socket.remoteAddress ?? "127.0.0.1",
  };
}

/** Reads a whole request, as platforms do whose event carries the body. */
export async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const head = readHead(request);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { ...head, body: Buffer.concat(chunks) };
}
