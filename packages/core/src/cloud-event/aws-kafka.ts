import { malformedMember, optionalString } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import { decodeBase64, decodeUtf8 } from "./base64.ts";
import type { CloudEventData } from "./cloud-event.ts";
import { readKafkaHeaders, withKafkaHeaders } from "./kafka-headers.ts";
import { createItem, listRecords, requiredDigits, requiredName, requiredObject } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerItem, TriggerSource } from "./trigger-source.ts";

/** A tombstone has no value. */
function readValue(record: EventObject): CloudEventData | undefined {
  const { value } = record;
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return { base64: value };
  throw malformedMember("value", "a string", value);
}

function readKey(record: EventObject): string | undefined {
  const bytes = typeof record.key === "string" && record.key !== "" ? decodeBase64(record.key) : undefined;
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}

function readRecord(record: EventObject, partitionName: string, source: string): TriggerItem {
  const offset = requiredDigits(record, "offset");
  const topic = requiredName(record, "topic");
  const partition = requiredDigits(record, "partition");
  const key = readKey(record);
  const parts = withKafkaHeaders(readKafkaHeaders(record.headers), {
    id: `${topic}-${partition}-${offset}`,
    source,
    type: "org.apache.kafka.record",
    subject: topic,
    time: toTimestamp(record.timestamp),
    extensions: { sequence: offset, ...(key !== undefined && { partitionkey: key }) },
    data: readValue(record),
  });
  return createItem("kafka", record, parts, {
    group: partitionName,
    failureId: { partition: partitionName, offset: Number(offset) },
  });
}

/**
 * Amazon MSK and self-managed Kafka. Format: Lambda developer guide, "Using Lambda with Apache Kafka", with the report
 * of "Partial batch response".
 */
export const awsKafka: TriggerSource = {
  name: "aws-kafka",
  partialFailures: "checkpoint",
  matches: ({ object }) =>
    object.eventSource === "aws:kafka" || /^(?:aws:)?SelfManagedKafka$/.test(scalarText(object.eventSource)),
  read: ({ object }) => {
    const source =
      optionalString(object, "eventSourceArn") ?? `kafka:${optionalString(object, "bootstrapServers") ?? ""}`;
    const partitions = requiredObject(object, "records");
    return Object.keys(partitions).flatMap((name) =>
      listRecords(partitions[name], "records[*]").map((record) => readRecord(record, name, source)),
    );
  },
};
