import { isObject, optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredDigits, requiredName, requiredObject } from "./records.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** How a record without a key is written. */
const NO_KEY = "None";

/** Tencent CKafka: bodies are text. Format: SCF documents, "CKafka trigger". */
export const tencentCkafka: TriggerSource = {
  name: "tencent-ckafka",
  partialFailures: "none",
  matches: ({ first }) => isObject(first.Ckafka),
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const kafka = requiredObject(record, "Ckafka");
      const topic = requiredName(kafka, "topic");
      const partition = requiredDigits(kafka, "partition");
      const offset = requiredDigits(kafka, "offset");
      const key = optionalString(kafka, "msgKey");
      return createItem(
        "kafka",
        record,
        {
          id: `${topic}-${partition}-${offset}`,
          source: "qcs::ckafka",
          type: "org.apache.kafka.record",
          subject: topic,
          extensions: { sequence: offset, ...(key !== undefined && key !== NO_KEY && { partitionkey: key }) },
          data: { text: requiredString(kafka, "msgBody") },
        },
        { group: `${topic}-${partition}` },
      );
    }),
};
