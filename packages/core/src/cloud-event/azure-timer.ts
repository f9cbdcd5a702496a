import { isObject, objectOrEmpty, optionalString } from "../event/members.ts";
import { createItem, uriPart } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Azure timer; its name is in the context. Format: type declarations of `@azure/functions`. */
export const azureTimer: TriggerSource = {
  name: "azure-timer",
  partialFailures: "none",
  matches: ({ object }) => isObject(object.schedule) && typeof object.isPastDue === "boolean",
  read: ({ object, context, invocationId }) => {
    const name = optionalString(context, "functionName");
    return [
      createItem("timer", object, {
        id: invocationId,
        source: name === undefined ? "azure:timer" : `azure:timer:${uriPart(name)}`,
        type: "com.microsoft.azure.functions.timer",
        subject: name,
        time: toTimestamp(objectOrEmpty(object, "scheduleStatus").lastUpdated),
        data: { json: object },
      }),
    ];
  },
};
