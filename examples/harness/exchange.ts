import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

export interface Request {
  /** Method and path, such as `GET /planets?closerThan=100`. */
  line: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export interface Response {
  statusLine: string;
  /** Names and values as they came, in their order, without what belongs to the connection or the clock. */
  headers: [name: string, value: string][];
  body: Buffer;
  trailers: string[];
}

// RFC 9110, 7.6.1: these speak about one connection. `Date` is when, not what.
const NOT_COMPARED = new Set(["connection", "keep-alive", "transfer-encoding", "date"]);

// The same for every server, so that an answer that names its host is the same as well.
const HOST = "example.test";

/** Sends a request over a connection of its own and reads all of the answer. */
export async function exchange(origin: string, { line, headers, body }: Request): Promise<Response> {
  const [method, path = "/"] = line.split(" ");
  const { hostname, port } = new URL(origin);
  const sent = request({ hostname, port, method, path, agent: false, headers: { Host: HOST, ...headers } });
  sent.end(body);
  const [response]: IncomingMessage[] = await once(sent, "response");
  if (!response) throw new Error(`No response to ${line}`);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    statusLine: `${response.statusCode} ${response.statusMessage}`,
    headers: pairs(response.rawHeaders).filter(([name]) => !NOT_COMPARED.has(name.toLowerCase())),
    body: Buffer.concat(chunks),
    trailers: response.rawTrailers,
  };
}

function pairs(raw: string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as [string, string]] : []));
}
