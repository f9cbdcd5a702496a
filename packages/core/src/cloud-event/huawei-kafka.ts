import { optionalString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import type { CloudEventData } from "./cloud-event.ts";
import { createItem, joinId, listRecords, uriPart } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerItem, TriggerSource } from "./trigger-source.ts";

const QUEUES: ReadonlySet<unknown> = new Set(["KAFKA", "OPENSOURCEKAFKA", "ROCKETMQ", "RABBITMQ", "DMS"]);

function toData(message: unknown): CloudEventData {
  return typeof message === "string" ? { text: message } : { json: message };
}

function readRecord(event: EventObject, record: EventObject, index: number, invocationId: string): TriggerItem[] {
  const isKafka = scalarText(event.trigger_type).endsWith("KAFKA");
  const topic = optionalString(record, "topic_id") ?? optionalString(record, "topic");
  const instance = optionalString(event, "instance_id") ?? optionalString(record, "instance_id") ?? "";
  // Records of the other queues have members of their own, and are passed whole.
  const messages: readonly unknown[] = Array.isArray(record.messages) ? record.messages : [record];
  return messages.map((message, i) =>
    createItem(
      isKafka ? "kafka" : "queue",
      message,
      {
        // There is no offset. An id of what the event has could be that of another event of the same second.
        id: joinId(invocationId, String(index), String(i)),
        source: `urn:dms:${uriPart(instance)}`,
        type: isKafka ? "org.apache.kafka.record" : "com.huaweicloud.dms.message",
        subject: topic,
        time: toTimestamp(event.event_time, "s"),
        data: toData(message),
      },
      { group: topic ?? "" },
    ),
  );
}

/** Huawei Kafka, and the other queues of its envelope. Format: FunctionGraph documents, "Kafka trigger". */
export const huaweiKafka: TriggerSource = {
  name: "huawei-kafka",
  partialFailures: "none",
  matches: ({ object }) => QUEUES.has(object.trigger_type) && Array.isArray(object.records),
  read: ({ object, invocationId }) =>
    listRecords(object.records, "records").flatMap((record, i) => readRecord(object, record, i, invocationId)),
};
