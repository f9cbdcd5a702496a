import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";

/** What came over one stream. */
export interface StreamResult {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  /** Heads of 1xx responses. */
  readonly interim: readonly IncomingHttpHeaders[];
  readonly body: string;
  /** Code the stream was closed with: 0 is no error. */
  readonly code: number;
}

/** Connects to a host by HTTP/2 and waits for its settings. */
export async function connectHttp2(
  url: string,
  options: ClientSessionOptions | SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(url, options);
  session.on("error", () => {});
  await new Promise((resolve, reject) => {
    session.once("remoteSettings", resolve);
    session.once("close", () => reject(new Error("The session was closed before its settings came")));
  });
  return session;
}

/** Sends a request with a body, if any, and waits for the end of its stream. */
export function ask(
  session: ClientHttp2Session,
  fields: OutgoingHttpHeaders,
  body: string | Buffer | null = null,
): Promise<StreamResult> {
  const stream = session.request(fields, { endStream: body === null });
  if (body !== null) stream.end(body);
  return resultOf(stream);
}

/** What comes over a stream, when it is closed. */
export function resultOf(stream: ClientHttp2Stream): Promise<StreamResult> {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const interim: IncomingHttpHeaders[] = [];
  const parts: Buffer[] = [];
  stream.on("headers", (fields) => interim.push(fields));
  stream.on("response", (fields) => {
    headers = fields;
  });
  stream.on("trailers", (fields) => {
    trailers = fields;
  });
  stream.on("data", (chunk) => parts.push(chunk));
  stream.on("error", () => {});
  return new Promise((resolve) => {
    stream.on("close", () => {
      const body = Buffer.concat(parts).toString("latin1");
      resolve({ status: Number(headers[":status"] ?? 0), headers, trailers, interim, body, code: stream.rstCode ?? 0 });
    });
  });
}
