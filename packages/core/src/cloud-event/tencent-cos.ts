import { isObject, objectOrEmpty, optionalString } from "../event/members.ts";
import { decodeCosKey } from "./object-key.ts";
import { createItem, joinId, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Tencent COS. Format: SCF documents, "COS trigger". */
export const tencentCos: TriggerSource = {
  name: "tencent-cos",
  partialFailures: "none",
  matches: ({ first }) => isObject(first.cos),
  read: ({ object, invocationId }) =>
    listRecords(object.Records, "Records").map((record) => {
      const cos = requiredObject(record, "cos");
      const stored = requiredObject(cos, "cosObject");
      const bucket = objectOrEmpty(cos, "cosBucket");
      const happened = requiredObject(record, "event");
      const key = requiredName(stored, "key");
      const request = optionalString(objectOrEmpty(stored, "meta"), "x-cos-request-id") ?? invocationId;
      return createItem("object-storage", record, {
        id: joinId(request, decodeCosKey(key)),
        source: `qcs::cos:${optionalString(bucket, "region") ?? ""}:${joinBucket(bucket.name, bucket.appid)}`,
        type: `com.tencent.cos.${requiredName(happened, "eventName").replace(/^cos:/, "")}`,
        subject: decodeCosKey(key),
        time: toTimestamp(happened.eventTime, "s"),
        data: { json: record },
      });
    }),
};

/** A bucket's full name ends in the account's number. */
function joinBucket(name: unknown, appid: unknown): string {
  return [name, appid].filter((part) => typeof part === "string" || typeof part === "number").join("-");
}
