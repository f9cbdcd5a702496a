import { objectOrEmpty, optionalString } from "../event/members.ts";
import { createItem, joinId, listRecords, requiredName } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Alibaba CDN. Format: Function Compute documents, "CDN event trigger". */
export const alibabaCdn: TriggerSource = {
  name: "alibaba-cdn",
  partialFailures: "none",
  matches: ({ object, first }) =>
    Array.isArray(object.events) &&
    typeof first.eventName === "string" &&
    /^(?:acs:)?cdn$/.test(scalarText(first.eventSource)),
  read: ({ object, invocationId }) =>
    listRecords(object.events, "events").map((record, i) => {
      const domain = optionalString(objectOrEmpty(record, "resource"), "domain");
      return createItem("cloudevent", record, {
        id: joinId(optionalString(record, "traceId") ?? invocationId, String(i)),
        source: "acs:cdn",
        type: `com.aliyun.cdn.${requiredName(record, "eventName")}`,
        subject: domain,
        time: toTimestamp(record.eventTime),
        data: { json: record },
      });
    }),
};
