import { isConnectionHeader, type RawHeaders } from "@tidegate/core";
import type { ExchangeInput } from "../exchange/exchange.ts";
import { startInvocation } from "../invocation.ts";
import { isPromiseLike } from "../listener.ts";
import type { ResponseSink } from "../sink/response-sink.ts";
import { FetchContext } from "./fetch-context.ts";
import { FetchExchange } from "./fetch-exchange.ts";
import { createWebRequest } from "./web-request.ts";

interface FetchMethod {
  fetch(request: Request, ...rest: unknown[]): Response | PromiseLike<Response>;
}

/**
 * Turns a request into a response; further arguments are the platform's, or what {@link serveFetch} passes.
 * Taken from a method, because TypeScript then lets an app declare those arguments with the types of its platform.
 */
export type FetchFunction = FetchMethod["fetch"];

/** Third argument of a fetch app, as on the platforms that have one; `c.executionCtx` in Hono. */
class ExecutionContext {
  readonly props: object = {};
  readonly #exchange: FetchExchange;

  constructor(exchange: FetchExchange) {
    this.#exchange = exchange;
  }

  waitUntil(promise: PromiseLike<unknown>): void {
    this.#exchange.waitUntil(promise);
  }

  /** Does nothing: there is no server behind the function that could answer instead. */
  passThroughOnException(): void {}
}

async function sendBody(body: ReadableStream<unknown>, exchange: FetchExchange, sink: ResponseSink): Promise<void> {
  const reader = body.getReader();
  // A stream may fail while it is cancelled; nobody is left to tell.
  exchange.cancelBody = (reason) => void reader.cancel(reason).catch(() => {});
  for (;;) {
    const { done, value } = await reader.read();
    if (exchange.isOver) return;
    if (done) break;
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      exchange.cancelBody(undefined);
      throw new TypeError("Cannot send a chunk of the response: expected bytes or a string");
    }
    if (value.length > 0 && !sink.chunk(value, "utf8")) await exchange.untilDrained();
  }
  exchange.isOver = true;
  sink.end();
}

function respond(response: Response, exchange: FetchExchange, sink: ResponseSink): void {
  if (exchange.isOver) {
    response.body?.cancel().catch(() => {});
    return;
  }
  const { status, statusText, body } = response;
  if (status < 200 || body?.locked === true) {
    throw new TypeError(`Cannot send the response: ${status < 200 ? `status ${status}` : "its body was used"}`);
  }
  const rawHeaders: RawHeaders = [];
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  // Names are lower case, and cookies to set stay apart.
  response.headers.forEach((value, name) => {
    if (name === "content-type") contentType = value;
    else if (name === "content-encoding") contentEncoding = value;
    else if (isConnectionHeader(name)) return;
    rawHeaders.push(name, value);
  });
  exchange.started();
  sink.head({ status, statusText, rawHeaders, contentType, contentEncoding });
  if (body !== null && exchange.input.head.method !== "HEAD") {
    sendBody(body, exchange, sink).catch((error: unknown) => exchange.fail(error));
    return;
  }
  body?.cancel().catch(() => {});
  exchange.isOver = true;
  sink.end();
}

function start(fetch: FetchFunction, request: Request, exchange: FetchExchange, sink: ResponseSink): void {
  const failed = (error: unknown): void => exchange.fail(error);
  try {
    const given = fetch(request, new FetchContext(exchange.input), new ExecutionContext(exchange));
    if (isPromiseLike(given)) given.then((response) => respond(response, exchange, sink)).then(undefined, failed);
    else respond(given, exchange, sink);
  } catch (error) {
    failed(error);
  }
}

/**
 * Runs a fetch app on one event: the web `Request` is made from the event itself and the `Response` goes to the sink,
 * without Node's objects between them. An error thrown by the app becomes a 500.
 *
 * @param fetch the app; called with the request, a {@link FetchContext} and an execution context with `waitUntil`
 * @param input the request
 * @param sink where the response goes
 * @param prepare called before the app with the exchange
 * @throws TIDEGATE_EVENT_MALFORMED when the web standard has no such request
 */
export function serveFetch(
  fetch: FetchFunction,
  input: ExchangeInput,
  sink: ResponseSink,
  prepare?: (exchange: FetchExchange) => void,
): FetchExchange {
  const { head, isSecure, body } = input;
  const exchange = new FetchExchange(input, sink);
  const bytes = body instanceof Uint8Array ? body : null;
  const request = createWebRequest({ ...head, isSecure, body: bytes }, exchange);
  exchange.watch();
  prepare?.(exchange);
  startInvocation(exchange, request, start, fetch, request, exchange, sink);
  return exchange;
}
