import {
  base64ByteLength,
  type EventObject,
  type EventSource,
  errorResponse,
  findSource,
  frameBody,
  type HttpRequestMessage,
  type HttpResponseMessage,
  malformedBody,
  requestExcess,
  responseExcess,
  stripBasePath,
  TidegateError,
} from "@tidegate/core";
import { contextRequestId, deadlineMs } from "../context.ts";
import type { ExchangeInput } from "../exchange/exchange.ts";
import { serve } from "../exchange/serve.ts";
import type { Listener } from "../listener.ts";
import { BufferedSink } from "../sink/buffered-sink.ts";
import { answerTrigger } from "../trigger/answer-trigger.ts";
import type { TriggerSettings } from "../trigger/trigger-options.ts";
import { callBack, takesCallback } from "./callback.ts";
import { type FetchFunction, serveFetch } from "./fetch-event.ts";

/** What of a handler's settings concerns events. */
export interface EventSettings extends TriggerSettings {
  /** Leading part of paths that is not the app's; empty for none, `auto` for what the event proves. */
  readonly basePath: string;
  /** The app, if it speaks the web standard itself. */
  readonly fetch: FetchFunction | undefined;
}

/** Alibaba passes every event as bytes; the JSON inside is what the other platforms pass. What is no JSON stays. */
function parseEvent(event: unknown): unknown {
  if (typeof event !== "string" && !(event instanceof Uint8Array)) return event;
  try {
    return JSON.parse(typeof event === "string" ? event : new TextDecoder().decode(event));
  } catch {
    return event;
  }
}

function decodeBody({ body }: HttpRequestMessage): Buffer | null {
  if (body === null) return null;
  if ("text" in body) return Buffer.from(body.text);
  const bytes = Buffer.from(body.base64, "base64");
  // Node skips what is no base64, so that fewer bytes come out.
  if (bytes.length !== base64ByteLength(body.base64)) throw malformedBody();
  return bytes;
}

/**
 * Makes of a mapped request what an app is served from: decodes the body and corrects the headers that describe it.
 *
 * @param message the request
 * @param source name of the event format
 * @param event the event as the platform passed it
 * @param context the platform's context
 * @param timeoutMs time given to the app, `undefined` for the platform's own
 * @throws TIDEGATE_EVENT_MALFORMED when the body is no base64
 */
export function toExchangeInput(
  message: HttpRequestMessage,
  source: string,
  event: unknown,
  context: unknown,
  timeoutMs: number | undefined,
): ExchangeInput {
  const body = decodeBody(message);
  frameBody(message, body === null ? 0 : body.length);
  return {
    head: message,
    body,
    clientIp: message.clientIp,
    isSecure: message.isSecure,
    requestId: message.requestId ?? contextRequestId(context),
    source,
    event,
    context,
    dueMs: deadlineMs(context, timeoutMs, Date.now()),
  };
}

/**
 * Reads an HTTP event, without the leading part of its path that is not the app's.
 *
 * @throws TIDEGATE_EVENT_MALFORMED
 */
export function readRequest(source: EventSource, event: EventObject, { basePath }: EventSettings): HttpRequestMessage {
  const message = source.toRequest(event);
  const base = basePath === "auto" ? source.basePath(event) : basePath;
  return base === "" ? message : { ...message, target: stripBasePath(message.target, base) };
}

/** Writes a response, or why the platform would not carry it. */
function writeResponse(source: EventSource, response: HttpResponseMessage, requestId: string | undefined): object {
  const answer = source.toResponse(response);
  const excess = responseExcess(source, response, answer);
  if (excess === undefined) return answer;
  console.error(excess.message);
  return source.toResponse(errorResponse(excess, requestId));
}

/**
 * Answers a request that HTTP could not carry: the client's fault, which is no failure of the function. Rejects with any
 * other error.
 */
function refuse(source: EventSource | undefined, error: unknown, context: unknown): Promise<object> {
  const isClientFault = error instanceof TidegateError && error.code === "TIDEGATE_EVENT_MALFORMED";
  if (source === undefined || !isClientFault) return Promise.reject(error);
  return Promise.resolve(source.toResponse(errorResponse(error, contextRequestId(context))));
}

function run(
  listener: Listener,
  source: EventSource,
  event: EventObject,
  context: unknown,
  settings: EventSettings,
): Promise<object> {
  const message = readRequest(source, event, settings);
  const excess = requestExcess(source, message);
  if (excess !== undefined) {
    return Promise.resolve(source.toResponse(errorResponse(excess, message.requestId ?? contextRequestId(context))));
  }
  const input = toExchangeInput(message, source.name, event, context, settings.timeoutMs);
  return new Promise((resolve, reject) => {
    const done = (response: HttpResponseMessage): void =>
      exchange.settle(() => resolve(writeResponse(source, response, input.requestId)));
    const sink = new BufferedSink(done, reject);
    const exchange =
      settings.fetch === undefined ? serve(listener, input, sink) : serveFetch(settings.fetch, input, sink);
  });
}

/**
 * Tells an Azure function of another trigger than HTTP. Its event is whatever a message holds, and a message that looks
 * like the HTTP event of another cloud must not become a request. Format: `InvocationContext` of `@azure/functions`.
 */
function isAzureTrigger(context: unknown): boolean {
  const { options } = (context ?? {}) as { options?: { trigger?: { type?: unknown } } | null };
  const type = options?.trigger?.type;
  return typeof type === "string" && type !== "httpTrigger";
}

/**
 * Answers an event of a known platform.
 *
 * @param listener the app
 * @param rawEvent the event, parsed or as bytes of JSON
 * @param context the platform's context
 * @param callback called too where the platform documents a callback; the promise is returned in any case
 * @param settings see {@link EventSettings}
 * @returns the response in the platform's format
 * @throws TIDEGATE_EVENT_UNKNOWN, TIDEGATE_EVENT_MALFORMED, TIDEGATE_EVENT_FAILED, TIDEGATE_RESPONSE_ABORTED
 */
export function answerEvent(
  listener: Listener,
  rawEvent: unknown,
  context: unknown,
  callback: unknown,
  settings: EventSettings,
): Promise<unknown> {
  let source: EventSource | undefined;
  let answer: Promise<object>;
  try {
    const event = parseEvent(rawEvent);
    source = isAzureTrigger(context) ? undefined : findSource(event);
    if (source === undefined) return answerTrigger(listener, event, context, settings, callback);
    answer = run(listener, source, event as EventObject, context, settings);
    // The web standard has requests to refuse that Node would take.
    if (settings.fetch !== undefined) answer = answer.catch((error: unknown) => refuse(source, error, context));
  } catch (error) {
    answer = refuse(source, error, context);
  }
  if (source !== undefined && takesCallback(callback, source.name)) void callBack(callback, answer);
  return answer;
}
