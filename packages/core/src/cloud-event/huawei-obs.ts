import { isObject, optionalString } from "../event/members.ts";
import { decodeFormKey } from "./object-key.ts";
import { createItem, joinId, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Huawei OBS: of S3's shape, without its `eventSource`. Format: FunctionGraph documents, "OBS trigger". */
export const huaweiObs: TriggerSource = {
  name: "huawei-obs",
  partialFailures: "none",
  matches: ({ first }) => first.eventSource === undefined && isObject(first.s3),
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const s3 = requiredObject(record, "s3");
      const bucket = requiredObject(s3, "bucket");
      const stored = requiredObject(s3, "object");
      const key = requiredName(stored, "key");
      return createItem("object-storage", record, {
        id: joinId(optionalString(stored, "sequencer"), key),
        source: optionalString(bucket, "arn") ?? requiredName(bucket, "name"),
        type: `com.huaweicloud.obs.${requiredName(record, "eventName")}`,
        subject: decodeFormKey(key),
        time: toTimestamp(record.eventTime),
        data: { json: record },
      });
    }),
};
