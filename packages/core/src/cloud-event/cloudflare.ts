import type { EventObject } from "../event/source.ts";
import type { CloudEventData } from "./cloud-event.ts";
import { createItem, joinId, listRecords, requiredName, uriPart } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

function readBody({ body }: EventObject): CloudEventData | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return { text: body };
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body) };
  return body instanceof Uint8Array ? { bytes: body } : { json: body };
}

/** Cloudflare queue, `(batch, env)`; each message can be acknowledged. Format: Workers documents, "Queues: JavaScript APIs". */
export const cloudflareQueue: TriggerSource = {
  name: "cloudflare-queue",
  partialFailures: "acknowledge",
  matches: ({ object }) => typeof object.queue === "string" && Array.isArray(object.messages),
  read: ({ object }) => {
    const queue = requiredName(object, "queue");
    return listRecords(object.messages, "messages").map((message) =>
      createItem("queue", message, {
        id: requiredName(message, "id"),
        source: `cloudflare:queue:${uriPart(queue)}`,
        type: "com.cloudflare.queue.message",
        subject: queue,
        time: toTimestamp(message.timestamp),
        data: readBody(message),
      }),
    );
  },
};

/** Cloudflare cron trigger. Format: Workers documents, "Scheduled handler". */
export const cloudflareScheduled: TriggerSource = {
  name: "cloudflare-scheduled",
  partialFailures: "none",
  matches: ({ object }) => typeof object.cron === "string" && typeof object.scheduledTime === "number",
  read: ({ object }) => [
    createItem("timer", object, {
      id: joinId(scalarText(object.cron), scalarText(object.scheduledTime)),
      source: "cloudflare:scheduled",
      type: "com.cloudflare.workers.scheduled",
      subject: scalarText(object.cron),
      time: toTimestamp(object.scheduledTime),
      data: { json: { cron: object.cron, scheduledTime: object.scheduledTime } },
    }),
  ],
};
