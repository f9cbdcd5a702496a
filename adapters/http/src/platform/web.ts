import { type RawHeaders, TidegateError } from "@tidegate/core";
import { deadlineMs } from "../context.ts";
import { BodyReader } from "../exchange/body-reader.ts";
import type { ExchangeInput } from "../exchange/exchange.ts";
import { serve } from "../exchange/serve.ts";
import type { Listener } from "../listener.ts";
import { type SinkEvents, type StreamedResponse, WebSink } from "../sink/web-sink.ts";

/** The members shared by a web `Request` and the look-alikes of platforms. */
export interface RequestLike {
  readonly method: string;
  /** Absolute URL. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly signal?: AbortSignal;
}

/**
 * Tells whether a value is a web `Request`, of whatever realm or implementation. By its members only: the global class
 * is loaded when it is first named, which takes 20 ms of a cold start that most functions need not spend.
 */
export function isWebRequest(value: unknown): value is Request {
  const candidate = value as Partial<RequestLike> | null | undefined;
  return (
    typeof candidate?.url === "string" &&
    typeof candidate.method === "string" &&
    typeof candidate.headers?.get === "function"
  );
}

// RFC 3986: scheme "://" authority, then path and query up to the fragment.
const URL_PARTS: RegExp = /^(https?):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i;

/** Headers of a fetch are lower case and joined, but cookies to set stay apart; a `host` is in the URL only. */
function listWebHeaders(request: RequestLike, authority: string): RawHeaders {
  const raw: RawHeaders = [];
  const isEmpty = request.body === null || request.body === undefined;
  request.headers.forEach((value, name) => {
    // The web standard drops the body of a GET and keeps what the client said of it; body parsers would wait for it.
    if (isEmpty && (name === "transfer-encoding" || (name === "content-length" && value !== "0"))) return;
    raw.push(name, value);
  });
  if (authority !== "" && !request.headers.has("host")) raw.push("host", authority);
  // A server would have got one of the two length headers, and body parsers look for them.
  const hasLength = request.headers.has("content-length") || request.headers.has("transfer-encoding");
  if (!isEmpty && !hasLength) raw.push("transfer-encoding", "chunked");
  return raw;
}

function contextIp(context: unknown): string | undefined {
  const ip = (context as { ip?: unknown } | null | undefined)?.ip;
  return typeof ip === "string" ? ip : undefined;
}

/**
 * Reads a web request into what an app is served from.
 *
 * @param source name to show as `getInvocation().source`
 * @param timeoutMs time given to the app, `undefined` for the platform's own
 */
export function toWebExchange(
  request: RequestLike,
  source: string,
  context: unknown,
  timeoutMs: number | undefined,
): ExchangeInput {
  const [, scheme = "", authority = "", path = "", query = ""] = URL_PARTS.exec(request.url) ?? [];
  const id = request.headers.get("x-request-id") ?? request.headers.get("x-nf-request-id");
  return {
    head: {
      method: request.method,
      target: (path === "" ? "/" : path) + query,
      rawHeaders: listWebHeaders(request, authority),
    },
    body: request.body === null || request.body === undefined ? null : new BodyReader(request.body),
    clientIp: contextIp(context),
    isSecure: scheme.toLowerCase() === "https",
    requestId: id ?? undefined,
    source,
    event: request,
    context,
    dueMs: deadlineMs(context, timeoutMs, Date.now()),
  };
}

/**
 * Runs an app on a web request and hands its response over as soon as the head is known.
 *
 * @throws TIDEGATE_RESPONSE_ABORTED, TIDEGATE_REQUEST_ABORTED
 */
export function serveWeb(listener: Listener, request: RequestLike, input: ExchangeInput): Promise<StreamedResponse> {
  const { signal } = request;
  if (signal?.aborted === true) return Promise.reject(abortedRequest(signal));
  return new Promise((started, failed) => {
    const abort = (): void => {
      sink.fail(abortedRequest(signal as AbortSignal));
      exchange.cancel();
    };
    const events: SinkEvents = {
      started,
      failed: (error) => {
        signal?.removeEventListener("abort", abort);
        failed(error);
      },
      drained: () => exchange.drain(),
      ended: () => {
        signal?.removeEventListener("abort", abort);
        exchange.settle(() => {});
      },
      cancelled: () => {
        signal?.removeEventListener("abort", abort);
        exchange.cancel();
      },
    };
    const sink = new WebSink(events, request.method !== "HEAD");
    const exchange = serve(listener, input, sink);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function abortedRequest(signal: AbortSignal): TidegateError {
  return new TidegateError("TIDEGATE_REQUEST_ABORTED", "Cannot answer the request: its caller aborted it", {
    cause: signal.reason,
  });
}

/** Headers of a response for the web's `Headers`, several cookies kept apart. */
export function toHeaders(rawHeaders: RawHeaders): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(String(rawHeaders[i]), String(rawHeaders[i + 1]));
  return headers;
}

/**
 * Answers a web `Request` with a `Response` whose body streams.
 *
 * @param listener the app
 * @param request the request; its signal closes the app's connection
 * @param context the platform's second argument
 * @param timeoutMs time given to the app, `undefined` for the platform's own
 * @throws TIDEGATE_RESPONSE_ABORTED, TIDEGATE_REQUEST_ABORTED
 */
export async function answerRequest(
  listener: Listener,
  request: Request,
  context: unknown,
  timeoutMs: number | undefined,
): Promise<Response> {
  const input = toWebExchange(request, "web", context, timeoutMs);
  const { status, statusText, rawHeaders, body } = await serveWeb(listener, request, input);
  if (status < 200 || status > 599) return refuseStatus(status, body, input.requestId);
  return new Response(body, { status, statusText, headers: toHeaders(rawHeaders) });
}

/** Answers for an app whose status no `Response` can have (Fetch standard, Response constructor). */
function refuseStatus(
  status: number,
  body: ReadableStream<Uint8Array> | null,
  requestId: string | undefined,
): Response {
  body?.cancel().catch(() => {});
  const message = `Cannot answer the request: a web response has a status from 200 to 599, found ${status}`;
  console.error(message);
  return Response.json({ error: { code: "TIDEGATE_RESPONSE_STATUS", message, requestId } }, { status: 502 });
}
