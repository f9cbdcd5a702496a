import { objectOrEmpty, optionalString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import type { CloudEventData } from "./cloud-event.ts";
import type { EventKind } from "./event-kind.ts";
import { createItem, joinId, uriPart } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerInput, TriggerItem, TriggerSource } from "./trigger-source.ts";

const KIND_OF_TRIGGER: ReadonlyMap<string, EventKind> = new Map([
  ["queueTrigger", "queue"],
  ["serviceBusTrigger", "queue"],
  ["eventHubTrigger", "stream"],
  ["kafkaTrigger", "kafka"],
  ["cosmosDBTrigger", "stream"],
  ["blobTrigger", "object-storage"],
  ["eventGridTrigger", "cloudevent"],
]);

function triggerOf(context: EventObject): EventObject {
  return objectOrEmpty(objectOrEmpty(context, "options"), "trigger");
}

function toData(message: unknown): CloudEventData | undefined {
  if (message === undefined || message === null) return undefined;
  if (typeof message === "string") return { text: message };
  return message instanceof Uint8Array ? { bytes: message } : { json: message };
}

function read({ event, context, invocationId }: TriggerInput): TriggerItem[] {
  const trigger = optionalString(triggerOf(context), "type") ?? "";
  const kind = KIND_OF_TRIGGER.get(trigger) ?? "cloudevent";
  const metadata = objectOrEmpty(context, "triggerMetadata");
  const name = optionalString(context, "functionName") ?? "";
  const id = optionalString(metadata, "id") ?? optionalString(metadata, "messageId") ?? invocationId;
  const isBatch = Array.isArray(event);
  const messages: readonly unknown[] = isBatch ? event : [event];
  return messages.map((message, i) =>
    createItem(
      kind,
      message,
      {
        id: isBatch ? joinId(id, String(i)) : id,
        source: joinId("azure:functions", uriPart(name)),
        type: `com.microsoft.azure.functions.${trigger}`,
        subject: optionalString(metadata, "name"),
        time: toTimestamp(metadata.insertionTime ?? metadata.enqueuedTimeUtc),
        data: toData(message),
      },
      { group: isBatch && kind !== "queue" ? "batch" : undefined },
    ),
  );
}

/**
 * A message, blob or change that an Azure trigger passes bare; the context names the trigger.
 * Format: type declarations of `@azure/functions`, `InvocationContext.options.trigger`.
 */
export const azureMessage: TriggerSource = {
  name: "azure-message",
  partialFailures: "none",
  matches: ({ context, object }) => {
    const trigger = optionalString(triggerOf(context), "type") ?? "";
    // Event Grid delivers CloudEvents, or its older form.
    const isCloudEvent = trigger === "eventGridTrigger" && object.specversion !== undefined;
    return KIND_OF_TRIGGER.has(trigger) && !isCloudEvent;
  },
  read,
};
