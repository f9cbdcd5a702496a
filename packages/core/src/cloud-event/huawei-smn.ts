import { isObject, optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Huawei SMN: its list is `record`, singular. Format: FunctionGraph documents, "SMN trigger". */
export const huaweiSmn: TriggerSource = {
  name: "huawei-smn",
  partialFailures: "none",
  matches: ({ object, first }) => Array.isArray(object.record) && isObject(first.smn),
  read: ({ object }) =>
    listRecords(object.record, "record").map((record) => {
      const smn = requiredObject(record, "smn");
      return createItem("topic", record, {
        id: requiredName(smn, "message_id"),
        source: requiredName(smn, "topic_urn"),
        type: `com.huaweicloud.smn.${optionalString(smn, "type") ?? "notification"}`,
        subject: optionalString(smn, "subject"),
        time: toTimestamp(smn.timestamp),
        data: { text: requiredString(smn, "message") },
      });
    }),
};
