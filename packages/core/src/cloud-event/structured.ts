import { isObject, malformedMember, optionalString, requiredString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import type { CloudEventData, CloudEventParts } from "./cloud-event.ts";
import { isExtensionName, isMediaType } from "./cloud-event-headers.ts";
import { type EventKind, kindOfType } from "./event-kind.ts";
import { createItem, requiredName } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerItem, TriggerSource } from "./trigger-source.ts";

// CloudEvents JSON format 1.0, 3.1: `*/json` and `*/*+json`.
const JSON_TYPE: RegExp = /^[^;]*[/+]json\s*(?:;|$)/i;

const OCTETS = "application/octet-stream";

function isCloudEvent(value: unknown): value is EventObject {
  return (
    isObject(value) &&
    typeof value.specversion === "string" &&
    value.specversion.startsWith("1.") &&
    ["id", "source", "type"].every((name) => typeof value[name] === "string" && value[name] !== "")
  );
}

/** Older streams of Alibaba's EventBridge deliver every event as text of JSON. */
function parseElement(element: unknown): unknown {
  if (typeof element !== "string" || !element.startsWith("{")) return element;
  try {
    return JSON.parse(element);
  } catch {
    return element;
  }
}

function readData(event: EventObject, type: string | undefined): CloudEventData | undefined {
  if (event.data_base64 !== undefined && event.data_base64 !== null) {
    return { base64: requiredString(event, "data_base64") };
  }
  const { data } = event;
  // Some writers say null for none.
  if (data === undefined || (data === null && type === undefined)) return undefined;
  if (data instanceof Uint8Array) return { bytes: data };
  const isJson = type === undefined || JSON_TYPE.test(type);
  return !isJson && typeof data === "string" ? { text: data } : { json: data };
}

function readExtensions(event: EventObject): Record<string, string> {
  const extensions: Record<string, string> = {};
  for (const name of Object.keys(event)) {
    const value = event[name];
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (isPlain && isExtensionName(name)) extensions[name] = String(value);
  }
  return extensions;
}

/** Records of one partition keep their order. */
function groupOf(kind: EventKind, event: EventObject): string | undefined {
  if (kind !== "kafka" || !isObject(event.data)) return undefined;
  return `${scalarText(event.subject)}-${scalarText(event.data.partition)}`;
}

function readEvent(event: EventObject): TriggerItem {
  const declared = optionalString(event, "datacontenttype");
  if (declared !== undefined && !isMediaType(declared)) {
    throw malformedMember("datacontenttype", "a media type", event.datacontenttype);
  }
  const type = requiredName(event, "type");
  const kind = kindOfType(type);
  const data = readData(event, declared);
  const isJson = data !== undefined && "json" in data;
  const parts: CloudEventParts = {
    id: requiredName(event, "id"),
    source: requiredName(event, "source"),
    type,
    subject: optionalString(event, "subject"),
    time: toTimestamp(event.time),
    // Of bytes without a type nothing may be assumed (JSON format, 3.1.2).
    datacontenttype: declared ?? (isJson ? undefined : OCTETS),
    extensions: readExtensions(event),
    data,
  };
  return createItem(kind, event, parts, { group: groupOf(kind, event) });
}

function listElements(event: unknown): unknown[] {
  return Array.isArray(event) ? event.map(parseElement) : [event];
}

/**
 * CloudEvents as JSON, one or a batch: Alibaba EventBridge, Google Functions, Azure Event Grid.
 * Format: CloudEvents JSON format 1.0; the batches of Alibaba's EventBridge may be arrays of texts.
 */
export const cloudEvents: TriggerSource = {
  name: "cloudevents",
  partialFailures: "none",
  // An empty batch is valid. Of others the first tells: the rest is then checked one by one.
  matches: ({ event }) =>
    isCloudEvent(event) || (Array.isArray(event) && (event.length === 0 || isCloudEvent(parseElement(event[0])))),
  read: ({ event }) =>
    listElements(event).map((element, i) => {
      if (!isCloudEvent(element)) throw malformedMember(`[${i}]`, "a CloudEvent", element);
      return readEvent(element);
    }),
};
