import { detectSource, type EventSource, type HttpRequestMessage, TidegateError } from "@tidegate/core";
import { setContentLength } from "../exchange/request.ts";
import { type Exchange, serve } from "../exchange/serve.ts";
import { setInvocation } from "../invocation.ts";
import type { Listener } from "../listener.ts";
import { BufferedSink } from "../sink/buffered-sink.ts";

/** Vendors whose documented handler takes `(event, context, callback)`; elsewhere the callback is left alone. */
const CALLBACK_VENDORS: RegExp = /^(?:alibaba|huawei)-/;

type Callback = (error: unknown, response?: object) => void;

/** Alibaba passes every event as bytes; the JSON inside is what the other platforms pass. */
function parseEvent(event: unknown): unknown {
  if (!(event instanceof Uint8Array) && typeof event !== "string") return event;
  const text =
    typeof event === "string" ? event : Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TidegateError("TIDEGATE_EVENT_UNKNOWN", "Cannot map event to an HTTP request: its bytes are no JSON", {
      cause,
    });
  }
}

/** Decodes the body and corrects the headers that describe it. */
export function toExchange(message: HttpRequestMessage, context: unknown): Exchange {
  let body: Buffer | null = null;
  if (message.body !== null) {
    body = "text" in message.body ? Buffer.from(message.body.text) : Buffer.from(message.body.base64, "base64");
    setContentLength(message.rawHeaders, body.length);
  }
  const { clientIp, isSecure } = message;
  return { head: message, body, clientIp, isSecure, requestId: message.requestId ?? contextRequestId(context) };
}

/** Id of the invocation in a context: Lambda and Netlify, Alibaba, Tencent, Huawei, Azure. */
export function contextRequestId(context: unknown): string | undefined {
  if (typeof context !== "object" || context === null) return undefined;
  const { awsRequestId, requestId, request_id, getRequestID, invocationId } = context as Record<string, unknown>;
  const id = awsRequestId ?? requestId ?? request_id ?? invocationId;
  if (typeof id === "string" && id !== "") return id;
  return typeof getRequestID === "function" ? String(getRequestID.call(context)) : undefined;
}

function run(listener: Listener, source: EventSource, event: unknown, context: unknown): Promise<object> {
  const exchange = toExchange(source.toRequest(event as Record<string, unknown>), context);
  return new Promise((resolve, reject) => {
    const sink = new BufferedSink((response) => resolve(source.toResponse(response)), reject);
    serve(listener, exchange, sink, ({ request }) => {
      setInvocation(request, { source: source.name, event, context, requestId: exchange.requestId });
    });
  });
}

/**
 * Answers an event of a known platform.
 *
 * @param listener the app
 * @param rawEvent the event, parsed or as bytes of JSON
 * @param context the platform's context
 * @param callback called too where the platform documents a callback; the promise is returned in any case
 * @returns the response in the platform's format
 * @throws TIDEGATE_EVENT_UNKNOWN, TIDEGATE_EVENT_MALFORMED, TIDEGATE_RESPONSE_ABORTED
 */
export async function answerEvent(
  listener: Listener,
  rawEvent: unknown,
  context: unknown,
  callback: unknown,
): Promise<object> {
  const event = parseEvent(rawEvent);
  const source = detectSource(event);
  const answer = run(listener, source, event, context);
  if (typeof callback !== "function" || !CALLBACK_VENDORS.test(source.name)) return answer;
  const done = callback as Callback;
  answer.then(
    (response) => done(null, response),
    (error: unknown) => done(error),
  );
  return answer;
}
