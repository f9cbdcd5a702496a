import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Handler } from "@tidegate/http";
import { findLine, readHead } from "./received-request.ts";
import type { StreamedShape } from "./shape.ts";

/** Methods whose `Request` has no body (Fetch standard, Request constructor). */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** The client's body as a web stream. Giving it up leaves the connection alone, as the answer still goes over it. */
function toStream(request: IncomingMessage): globalThis.ReadableStream<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  return new globalThis.ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      cancel: () => {
        request.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

function toWebRequest(request: IncomingMessage, signal: AbortSignal): Request {
  const head = readHead(request);
  const headers = new Headers();
  for (const [name, value] of head.headers) headers.append(name, value);
  // A URL cannot be without a host, though a request can.
  const authority = findLine(head.headers, "host") || "localhost";
  const target = head.query === undefined ? head.path : `${head.path}?${head.query}`;
  const isFramed =
    request.headers["transfer-encoding"] !== undefined || request.headers["content-length"] !== undefined;
  const hasBody = isFramed && !BODILESS.has(head.method);
  return new Request(target.startsWith("/") ? `http://${authority}${target}` : target, {
    method: head.method,
    headers,
    signal,
    ...(hasBody && { body: toStream(request), duplex: "half" }),
  });
}

async function writeResponse(answer: Response, response: ServerResponse): Promise<void> {
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, value);
  if (answer.statusText === "") response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, answer.statusText, headers);
  if (answer.body === null) {
    response.end();
    return;
  }
  // The client sees the head before the first byte of the body, as on a platform that streams. Not by flushHeaders():
  // that sends the head in UTF-8.
  response.write(Buffer.alloc(0));
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
}

/** A platform of the web standard: the body streams to the app, and the response's body streams back. */
export const web: StreamedShape = {
  kind: "streamed",
  name: "web",
  title: "Web `Request` and `Response`",
  run: async (handler: Handler, request, response) => {
    const client = new AbortController();
    response.once("close", () => client.abort());
    const context = { ip: request.socket.remoteAddress };
    await writeResponse(await handler(toWebRequest(request, client.signal), context), response);
  },
};
