import { isObject, objectOrEmpty, optionalString } from "../event/members.ts";
import { createItem, joinId, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Alibaba OSS; its list is `events`, in lower case. Format: Function Compute documents, "OSS trigger". */
export const alibabaOss: TriggerSource = {
  name: "alibaba-oss",
  partialFailures: "none",
  matches: ({ object, first }) => Array.isArray(object.events) && isObject(first.oss),
  read: ({ object }) =>
    listRecords(object.events, "events").map((record) => {
      const oss = requiredObject(record, "oss");
      const bucket = requiredObject(oss, "bucket");
      const key = requiredName(requiredObject(oss, "object"), "key");
      return createItem("object-storage", record, {
        // One request may remove many objects.
        id: joinId(optionalString(objectOrEmpty(record, "responseElements"), "requestId"), key),
        source: optionalString(bucket, "arn") ?? `acs:oss:${requiredName(bucket, "name")}`,
        type: `com.aliyun.oss.${requiredName(record, "eventName")}`,
        subject: key,
        time: toTimestamp(record.eventTime),
        data: { json: record },
      });
    }),
};
