import { isObject, requiredString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import { createItem, requiredName, uriPart } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerInput, TriggerItem, TriggerSource } from "./trigger-source.ts";

const TYPE = "com.aliyun.mns.notification";

function isJsonFormat(object: EventObject): boolean {
  return (
    typeof object.TopicName === "string" && typeof object.MessageId === "string" && typeof object.Message === "string"
  );
}

/** STREAM format with attributes: exactly `body` and `attrs`. */
function isStreamFormat(object: EventObject): boolean {
  return typeof object.body === "string" && isObject(object.attrs) && Object.keys(object).length === 2;
}

function read({ object, invocationId }: TriggerInput): TriggerItem[] {
  if (isStreamFormat(object)) {
    const data = { text: requiredString(object, "body") };
    return [createItem("topic", object, { id: invocationId, source: "acs:mns", type: TYPE, data })];
  }
  const topic = requiredName(object, "TopicName");
  return [
    createItem("topic", object, {
      id: requiredName(object, "MessageId"),
      source: `acs:mns:${uriPart(scalarText(object.TopicOwner))}:topics/${uriPart(topic)}`,
      type: TYPE,
      subject: topic,
      time: toTimestamp(object.PublishTime),
      data: { text: requiredString(object, "Message") },
    }),
  ];
}

/**
 * Alibaba MNS topic, JSON format, and STREAM format with attributes; without attributes the event is bytes.
 * Format: Function Compute documents, "MNS topic trigger".
 */
export const alibabaMnsTopic: TriggerSource = {
  name: "alibaba-mns-topic",
  partialFailures: "none",
  matches: ({ object }) => isJsonFormat(object) || isStreamFormat(object),
  read,
};
