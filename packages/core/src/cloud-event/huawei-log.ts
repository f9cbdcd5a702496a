import { isObject, requiredString } from "../event/members.ts";
import { createItem, requiredObject } from "./records.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Huawei LTS: JSON in base64, whose `logs` is JSON text again in newer events. Format: FunctionGraph documents, "LTS trigger". */
export const huaweiLog: TriggerSource = {
  name: "huawei-log",
  partialFailures: "none",
  matches: ({ object }) => isObject(object.lts) && typeof object.lts.data === "string",
  read: ({ object, invocationId }) => [
    createItem("log", object, {
      id: invocationId,
      source: "urn:lts",
      type: "com.huaweicloud.lts.logs",
      datacontenttype: "application/json",
      data: { base64: requiredString(requiredObject(object, "lts"), "data") },
    }),
  ],
};
