import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createWebRequest,
  type FetchFunction,
  getInvocation,
  type Invocation,
  type Listener,
  type SignalOwner,
  waitUntil,
} from "@tidegate/http";
import { toBodyStream } from "./incoming-body.ts";

/** Second argument of an app whose request came through Node, with the objects behind the request; `c.env` in Hono. */
export class NodeContext implements SignalOwner {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  #controller: AbortController | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  /** Address of the client as the platform or the server saw it. */
  get clientIp(): string | undefined {
    return this.incoming.socket.remoteAddress;
  }

  /** The platform's id of this invocation; `undefined` behind a plain server. */
  get requestId(): string | undefined {
    return this.#invocation?.requestId;
  }

  /** The event as the platform passed it; `undefined` behind a plain server. */
  get event(): unknown {
    return this.#invocation?.event;
  }

  /** The platform's context argument. */
  get context(): unknown {
    return this.#invocation?.context;
  }

  /** Aborts when the client goes away before the response is complete; made when it is asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.outgoing.closed && !this.outgoing.writableFinished) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  get #invocation(): Invocation | undefined {
    return getInvocation(this.incoming);
  }

  /** The response is closed: aborts the signal, unless all was sent. */
  static close(context: NodeContext): void {
    if (!context.outgoing.writableFinished) context.#controller?.abort();
  }
}

/** Third argument of an app whose request came through Node; `c.executionCtx` in Hono. */
const EXECUTION_CONTEXT = {
  props: {},
  waitUntil: (promise: PromiseLike<unknown>): void => waitUntil(promise),
  passThroughOnException: (): void => {},
};

function hasBody({ method, headers }: IncomingMessage): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function toRequest(incoming: IncomingMessage, context: NodeContext): Request {
  return createWebRequest(
    {
      method: incoming.method ?? "GET",
      target: incoming.url ?? "/",
      rawHeaders: incoming.rawHeaders,
      isSecure: (incoming.socket as { encrypted?: boolean }).encrypted === true,
      body: hasBody(incoming) ? toBodyStream(incoming) : null,
    },
    context,
  );
}

async function pipe(body: ReadableStream<unknown>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const closed = new AbortController();
  const cancel = (): void => {
    closed.abort();
    // The app's stream may fail while it is cancelled; nobody is left to tell.
    if (!outgoing.writableFinished) reader.cancel().catch(() => {});
  };
  outgoing.once("close", cancel);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (outgoing.destroyed) return;
      if (done) break;
      if (!outgoing.write(value)) await once(outgoing, "drain", { signal: closed.signal });
    }
    outgoing.end();
  } catch (error) {
    // The app's stream fails (nothing is left to cancel then), or gave a chunk that cannot be sent.
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    outgoing.removeListener("close", cancel);
  }
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  const rawHeaders: string[] = [];
  response.headers.forEach((value, name) => {
    rawHeaders.push(name, value);
  });
  if (response.statusText !== "") outgoing.statusMessage = response.statusText;
  outgoing.writeHead(response.status, rawHeaders);
  if (response.body === null || outgoing.req.method === "HEAD") {
    response.body?.cancel().catch(() => {});
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipe(response.body, outgoing);
}

/** Answers for a request or an app that failed before the response began. */
function answerFailure(outgoing: ServerResponse, status: number, code: string, message: string): void {
  outgoing.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  outgoing.end(JSON.stringify({ error: { code, message } }));
}

/** Runs the app. Behind an event the adapter tells of its failure; behind a plain server nobody else would. */
async function respond(fetch: FetchFunction, request: Request, context: NodeContext): Promise<Response | undefined> {
  try {
    return await fetch(request, context, EXECUTION_CONTEXT);
  } catch (error) {
    if (getInvocation(context.incoming) !== undefined) throw error;
    console.error(error);
    const message = "Cannot answer the request: the app threw before it sent a response";
    answerFailure(context.outgoing, 500, "TIDEGATE_APP_FAILED", message);
    return undefined;
  }
}

/**
 * Makes a Node listener of a fetch function, streaming both ways.
 *
 * @param fetch the app; its request's signal aborts when the client goes away
 */
export function toNodeListener(fetch: FetchFunction): Listener {
  return async (incoming, outgoing) => {
    const context = new NodeContext(incoming, outgoing);
    outgoing.once("close", () => NodeContext.close(context));
    let request: Request;
    try {
      request = toRequest(incoming, context);
    } catch (error) {
      // A host or method the web standard refuses: the client's fault.
      const { code, message } = error as Error & { code: string };
      answerFailure(outgoing, 400, code, message);
      return;
    }
    const response = await respond(fetch, request, context);
    if (response === undefined) return;
    if (outgoing.writableEnded || outgoing.destroyed) {
      response.body?.cancel().catch(() => {});
      return;
    }
    try {
      await send(response, outgoing);
    } catch (error) {
      if (outgoing.destroyed) return;
      // The head is out: a broken body can only be told by a broken connection.
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
