import { isObject, optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName, requiredObject, uriPart } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Tencent CMQ topic. Format: SCF documents, "CMQ topic trigger". */
export const tencentCmq: TriggerSource = {
  name: "tencent-cmq",
  partialFailures: "none",
  matches: ({ first }) => isObject(first.CMQ),
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const cmq = requiredObject(record, "CMQ");
      const topic = optionalString(cmq, "topicName");
      return createItem("topic", record, {
        id: requiredName(cmq, "msgId"),
        source: `qcs::cmq:${uriPart(scalarText(cmq.topicOwner))}:topic/${uriPart(topic ?? "")}`,
        type: "com.tencent.cmq.message",
        subject: topic,
        time: toTimestamp(cmq.publishTime),
        data: { text: requiredString(cmq, "msgBody") },
      });
    }),
};
