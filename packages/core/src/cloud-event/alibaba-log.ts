import { isObject, optionalString } from "../event/members.ts";
import { createItem, requiredName, requiredObject, uriPart } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Alibaba Log Service: cursors, with which the app fetches the lines. Format: Function Compute documents, "SLS trigger". */
export const alibabaLog: TriggerSource = {
  name: "alibaba-log",
  partialFailures: "none",
  matches: ({ object }) => isObject(object.source) && typeof object.source.logstoreName === "string",
  read: ({ object, invocationId }) => {
    const place = requiredObject(object, "source");
    const logstore = requiredName(place, "logstoreName");
    return [
      createItem("log", object, {
        id: optionalString(object, "taskId") ?? invocationId,
        source: `acs:log:${uriPart(optionalString(place, "projectName") ?? "")}:logstore/${uriPart(logstore)}`,
        type: "com.aliyun.sls.logs",
        subject: logstore,
        time: toTimestamp(object.cursorTime, "s"),
        data: { json: object },
      }),
    ];
  },
};
