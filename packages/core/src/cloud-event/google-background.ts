import { isObject, optionalString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import { type EventKind, kindOfType } from "./event-kind.ts";
import { createItem, requiredName, uriPart } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerInput, TriggerItem, TriggerSource } from "./trigger-source.ts";

const PUBSUB = "google.cloud.pubsub.topic.v1.messagePublished";

/** Background event types and the CloudEvents they became. Source: the type mapping of Google's Functions Frameworks. */
const TYPE_OF: ReadonlyMap<string, string> = new Map([
  ["google.pubsub.topic.publish", PUBSUB],
  ["providers/cloud.pubsub/eventTypes/topic.publish", PUBSUB],
  ["google.storage.object.finalize", "google.cloud.storage.object.v1.finalized"],
  ["google.storage.object.delete", "google.cloud.storage.object.v1.deleted"],
  ["google.storage.object.archive", "google.cloud.storage.object.v1.archived"],
  ["google.storage.object.metadataUpdate", "google.cloud.storage.object.v1.metadataUpdated"],
]);

/** The context may be a member of the event, or the second argument of the function. */
function contextOf({ object, context }: TriggerInput): EventObject | undefined {
  const candidates = [object.context, context];
  return candidates.filter(isObject).find((found) => typeof found.eventType === "string" && "eventId" in found);
}

function resourceName(context: EventObject): { service: string; name: string } {
  const { resource } = context;
  if (isObject(resource)) {
    return { service: optionalString(resource, "service") ?? "", name: optionalString(resource, "name") ?? "" };
  }
  return { service: "", name: typeof resource === "string" ? resource : "" };
}

function splitStorage(name: string): { source: string; subject: string | undefined } {
  const match = /^(projects\/[^/]*\/buckets\/[^/]*)\/(objects\/.*?)(?:#\d+)?$/s.exec(name);
  return { source: match?.[1] ?? name, subject: match?.[2] };
}

function read(input: TriggerInput): TriggerItem[] {
  const context = contextOf(input) ?? {};
  const eventType = requiredName(context, "eventType");
  const type = TYPE_OF.get(eventType) ?? eventType;
  const kind: EventKind = kindOfType(type);
  const isPubsub = type === PUBSUB;
  const { service, name } = resourceName(context);
  const payload: unknown = input.object.context === context ? input.object.data : input.event;
  const { source, subject } = kind === "object-storage" ? splitStorage(name) : { source: name, subject: undefined };
  const host = service === "" ? (isPubsub ? "pubsub.googleapis.com" : "googleapis.com") : service;
  return [
    createItem(kind, input.event, {
      id: requiredName(context, "eventId"),
      source: `//${host}/${source.split("/").map(uriPart).join("/")}`,
      type,
      subject,
      time: toTimestamp(context.timestamp),
      data: { json: isPubsub ? { message: payload } : payload },
    }),
  ];
}

/**
 * Google's background event, `(data, context)` or one object of both, as the CloudEvent it became.
 * Format: the event conversion of Google's Functions Frameworks.
 */
export const googleBackground: TriggerSource = {
  name: "google-background",
  partialFailures: "none",
  matches: (input) => contextOf(input) !== undefined,
  read,
};

/** Body of a Pub/Sub push. Format: Pub/Sub documents, "Push subscriptions". */
export const googlePubsub: TriggerSource = {
  name: "google-pubsub",
  partialFailures: "none",
  matches: ({ object }) => typeof object.subscription === "string" && isObject(object.message),
  read: ({ object, invocationId }) => {
    const message = isObject(object.message) ? object.message : {};
    return [
      createItem("topic", object, {
        id: optionalString(message, "messageId") ?? optionalString(message, "message_id") ?? invocationId,
        source: `//pubsub.googleapis.com/${requiredName(object, "subscription")}`,
        type: PUBSUB,
        time: toTimestamp(message.publishTime ?? message.publish_time),
        data: { json: object },
      }),
    ];
  },
};
