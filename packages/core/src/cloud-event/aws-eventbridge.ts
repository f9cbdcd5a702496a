import { optionalString } from "../event/members.ts";
import type { CloudEventData } from "./cloud-event.ts";
import { createItem, requiredName } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

const SCHEDULERS: ReadonlySet<unknown> = new Set(["aws.events", "aws.scheduler"]);

/** The Scheduler service writes its empty detail as text. */
function readDetail(detail: unknown): CloudEventData | undefined {
  if (detail === undefined) return undefined;
  return typeof detail === "string" ? { text: detail } : { json: detail };
}

/** Rule, custom event or schedule of EventBridge. Format: EventBridge user guide, "Event structure". */
export const awsEventbridge: TriggerSource = {
  name: "aws-eventbridge",
  partialFailures: "none",
  matches: ({ object }) =>
    typeof object["detail-type"] === "string" && typeof object.source === "string" && "detail" in object,
  read: ({ object }) => {
    const isTimer = SCHEDULERS.has(object.source) && object["detail-type"] === "Scheduled Event";
    const resources: unknown = object.resources;
    const resource: unknown = Array.isArray(resources) ? resources[0] : undefined;
    const account = optionalString(object, "account");
    const region = optionalString(object, "region");
    return [
      createItem(isTimer ? "timer" : "cloudevent", object, {
        id: requiredName(object, "id"),
        source: requiredName(object, "source"),
        type: requiredName(object, "detail-type"),
        subject: typeof resource === "string" ? resource : undefined,
        time: toTimestamp(object.time),
        extensions: {
          ...(account !== undefined && { awsaccount: account }),
          ...(region !== undefined && { awsregion: region }),
        },
        data: readDetail(object.detail),
      }),
    ];
  },
};
