import { isObject, requiredString } from "../event/members.ts";
import { createItem, requiredObject } from "./records.ts";
import type { TriggerName, TriggerSource } from "./trigger-source.ts";

/** CloudWatch Logs and Tencent CLS: one member whose `data` is JSON, compressed, in base64. */
function gzipLog(name: TriggerName, member: string, source: string, type: string): TriggerSource {
  return {
    name,
    partialFailures: "none",
    matches: ({ object }) => isObject(object[member]) && typeof object[member].data === "string",
    read: ({ object, invocationId }) => [
      createItem("log", object, {
        id: invocationId,
        source,
        type,
        datacontenttype: "application/json",
        data: { base64: requiredString(requiredObject(object, member), "data"), isGzip: true },
      }),
    ],
  };
}

/** CloudWatch Logs subscription. Format: CloudWatch Logs user guide, "Subscription filters with Lambda". */
export const awsLogs: TriggerSource = gzipLog("aws-logs", "awslogs", "aws:logs", "com.amazonaws.logs.subscription");

/** Tencent CLS log. Format: SCF documents, "CLS trigger". */
export const tencentLog: TriggerSource = gzipLog("tencent-log", "clslogs", "qcs::cls", "com.tencent.cls.logs");
