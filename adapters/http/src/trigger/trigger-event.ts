import type { IncomingMessage } from "node:http";
import type { CloudEvent, EventKind, TriggerItem, TriggerName } from "@tidegate/core";
import { getInvocation, type Invocation } from "../invocation.ts";
import { type EventBody, readEventBody } from "./event-body.ts";

/** An event that is no HTTP request, with the attributes of CloudEvents 1.0. */
export interface TriggerEvent extends Omit<CloudEvent, "data"> {
  /** What it is about: the last part of the path of its request. */
  readonly kind: EventKind;
  /** Format it came in, such as `aws-sqs`. */
  readonly platform: TriggerName;
  /** Parsed JSON, a string of text, a Buffer of bytes, or `undefined` when there is none; decided by `datacontenttype`. */
  readonly data: unknown;
  /** What the platform says of this event, unchanged: the record of a batch, or the whole event. */
  readonly record: unknown;
  /** Place in its batch, from 0. */
  readonly index: number;
  /** Events of the batch. */
  readonly total: number;
}

// On the invocation, found by name: an app's copy of this package may be another than that of the handler.
const TRIGGER: unique symbol = Symbol.for("tidegate.trigger");

interface Carrier {
  [TRIGGER]?: TriggerEvent;
}

/** Makes what an app is shown of an item. The data is parsed when it is first read. */
export function createTriggerEvent(
  item: TriggerItem,
  body: EventBody,
  platform: TriggerName,
  index: number,
  total: number,
): TriggerEvent {
  const { data, ...attributes } = item.cloudEvent;
  // A value that the platform parsed already is handed on as it is.
  const isParsed = data !== undefined && "json" in data;
  let value: unknown;
  let isRead = false;
  return {
    ...attributes,
    datacontenttype: body.contentType,
    kind: item.kind,
    platform,
    record: item.record,
    index,
    total,
    get data() {
      if (!isRead) value = isParsed ? data.json : readEventBody(body);
      isRead = true;
      return value;
    },
  };
}

/** Attaches an event to the invocation that was made for it. */
export function setTrigger(invocation: Invocation, event: TriggerEvent): void {
  (invocation as Carrier)[TRIGGER] = event;
}

/**
 * Finds the event behind a request. No client can pretend to be one: an HTTP request from outside has none, whatever its
 * path and its `ce-` headers say.
 *
 * @param request the request an app was called with; needed only where asynchronous context is lost
 * @returns `undefined` when the request is one of HTTP
 *
 * @example
 * app.use("/events", (req, res, next) => (getTrigger(req) ? next() : res.sendStatus(404)));
 */
export function getTrigger(request?: IncomingMessage): TriggerEvent | undefined {
  return (getInvocation(request) as Carrier | undefined)?.[TRIGGER];
}
