import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Listener } from "@tidegate/http";

interface FetchMethod {
  fetch(request: Request, ...rest: unknown[]): Response | PromiseLike<Response>;
}

/**
 * Turns a request into a response. Further arguments are the platform's, or a {@link NodeContext}.
 * Taken from a method, because TypeScript then lets an app declare those arguments with the types of its platform.
 */
export type FetchFunction = FetchMethod["fetch"];

/** Second argument of an app whose request came through Node: the objects behind the request. */
export interface NodeContext {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

function toUrl(request: IncomingMessage): string {
  const target = request.url ?? "/";
  // RFC 9112, 3.2.2: a request line may hold an absolute URL; it then wins over the host header.
  if (!target.startsWith("/")) return target;
  const scheme = (request.socket as { encrypted?: boolean }).encrypted === true ? "https" : "http";
  return `${scheme}://${request.headers.host ?? "localhost"}${target}`;
}

function toHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(String(rawHeaders[i]), String(rawHeaders[i + 1]));
  return headers;
}

function hasBody(request: IncomingMessage): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const init: RequestInit = { method: incoming.method ?? "GET", headers: toHeaders(incoming.rawHeaders), signal };
  if (hasBody(incoming)) {
    init.body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
    // Node requires this for a body that is a stream.
    init.duplex = "half";
  }
  return new Request(toUrl(incoming), init);
}

async function pipe(body: ReadableStream<Uint8Array>, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => {
    // The app's stream may fail while it is cancelled; nobody is left to tell.
    reader.cancel(signal.reason).catch(() => {});
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) break;
      if (!outgoing.write(value)) await once(outgoing, "drain", { signal });
    }
    outgoing.end();
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

async function send(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const rawHeaders: string[] = [];
  response.headers.forEach((value, name) => {
    rawHeaders.push(name, value);
  });
  if (response.statusText !== "") outgoing.statusMessage = response.statusText;
  outgoing.writeHead(response.status, rawHeaders);
  if (response.body === null) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipe(response.body, outgoing, signal);
}

/**
 * Makes a Node listener of a fetch function, streaming both ways.
 *
 * @param fetch the app; its request's signal aborts when the client goes away
 */
export function toNodeListener(fetch: FetchFunction): Listener {
  return async (incoming, outgoing) => {
    const controller = new AbortController();
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) controller.abort();
    });
    const context: NodeContext = { incoming, outgoing };
    const response = await fetch(toRequest(incoming, controller.signal), context);
    try {
      await send(response, outgoing, controller.signal);
    } catch (error) {
      if (controller.signal.aborted) return;
      // The head is out: a broken body can only be told by a broken connection.
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
