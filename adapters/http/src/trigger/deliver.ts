import { cloudEventHeaders, TidegateError, type TriggerItem, type TriggerName } from "@tidegate/core";
import type { Exchange } from "../exchange/exchange.ts";
import { serve } from "../exchange/serve.ts";
import type { Listener } from "../listener.ts";
import { type FetchFunction, serveFetch } from "../platform/fetch-event.ts";
import { type Answer, AnswerSink } from "./answer-sink.ts";
import { type EventBody, readEventBody, toEventBody } from "./event-body.ts";
import { callFunction, type TriggerCall } from "./function-call.ts";
import { findEventFunction } from "./on-event.ts";
import { createTriggerEvent, setTrigger, type TriggerEvent } from "./trigger-event.ts";

/** Where the events of one invocation go. */
export interface Delivery {
  readonly listener: Listener;
  /** The app, if it speaks the web standard itself. */
  readonly fetch: FetchFunction | undefined;
  readonly platform: TriggerName;
  readonly call: TriggerCall;
  /** Path before the kind. */
  readonly path: string;
  /** Events of the batch. */
  readonly total: number;
}

/** A name that no resolver knows: HTTP/1.1 wants a host, and apps build URLs from it. */
const HOST = "events.tidegate.internal";

/** An id in a message: as logs can take it, whatever its sender wrote. */
function quoted(id: string): string {
  return JSON.stringify(id.length > 200 ? `${id.slice(0, 200)}...` : id);
}

/** The error for an event the app did not take. */
function failed(trigger: TriggerEvent, state: string, cause?: unknown): TidegateError {
  const options = cause === undefined ? undefined : { cause };
  const message = `Cannot deliver event ${quoted(trigger.id)} of "${trigger.platform}": ${state}`;
  return new TidegateError("TIDEGATE_EVENT_FAILED", message, options);
}

function requestHeaders(item: TriggerItem, { bytes, contentType }: EventBody): string[] {
  const raw = ["Host", HOST, "User-Agent", "Tidegate"];
  if (contentType !== undefined) raw.push("Content-Type", contentType);
  raw.push("Content-Length", String(bytes?.length ?? 0), ...cloudEventHeaders(item.cloudEvent));
  return raw;
}

function request(delivery: Delivery, item: TriggerItem, body: EventBody, trigger: TriggerEvent): Promise<Answer> {
  const target = `${delivery.path}/${item.kind}`;
  const input = {
    ...delivery.call,
    head: { method: "POST", target, rawHeaders: requestHeaders(item, body) },
    body: body.bytes ?? null,
    clientIp: undefined,
    // Apps that send clients to https would else do so with their own platform.
    isSecure: true,
    source: delivery.platform,
  };
  return new Promise((resolve, reject) => {
    const done = (answer: Answer): void => exchange.settle(() => resolve(answer));
    const broken = (error: Error): void =>
      reject(failed(trigger, `the app broke off its answer to POST "${target}"`, error));
    const sink = new AnswerSink(done, broken, item.kind === "invoke");
    const prepare = ({ invocation }: Exchange): void => setTrigger(invocation, trigger);
    const exchange =
      delivery.fetch === undefined
        ? serve(delivery.listener, input, sink, prepare)
        : serveFetch(delivery.fetch, input, sink, prepare);
  });
}

/** Reads the answer to a direct invocation; other platforms show nobody what the app says. */
function readAnswer({ body, contentType }: Answer): unknown {
  if (body.length === 0) return null;
  const value = readEventBody({ bytes: body, contentType: contentType ?? "text/plain" });
  return Buffer.isBuffer(value) ? value.toString("base64") : value;
}

/**
 * Delivers one event: to the function registered for it, else to the app as `POST <path>/<kind>`.
 *
 * @param delivery where to
 * @param item the event
 * @param index its place in the batch
 * @returns what a direct invocation is answered with
 * @throws TIDEGATE_EVENT_FAILED when the app's status is not 2xx, or the function threw; TIDEGATE_EVENT_MALFORMED
 */
export async function deliver(delivery: Delivery, item: TriggerItem, index: number): Promise<unknown> {
  const body = await toEventBody(item.cloudEvent);
  const trigger = createTriggerEvent(item, body, delivery.platform, index, delivery.total);
  const run = findEventFunction(item.kind, trigger.type);
  if (run !== undefined) {
    try {
      return (await callFunction(run, trigger, delivery.call)) ?? null;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw failed(trigger, `its function failed, "${reason}"`, cause);
    }
  }
  const answer = await request(delivery, item, body, trigger);
  if (answer.status >= 200 && answer.status < 300) return readAnswer(answer);
  throw failed(trigger, `the app answered ${answer.status} to POST "${delivery.path}/${item.kind}"`);
}
