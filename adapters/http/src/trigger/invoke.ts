import { createCloudEvent, type TriggerInput, type TriggerItem, type TriggerSource } from "@tidegate/core";
import { findEventFunction } from "./on-event.ts";

const TYPE = "tidegate.invoke";

function read({ event, invocationId }: TriggerInput): TriggerItem[] {
  const data =
    event === undefined
      ? undefined
      : typeof event === "string"
        ? { text: event }
        : event instanceof Uint8Array
          ? { bytes: event }
          : { json: event };
  const cloudEvent = createCloudEvent({ id: invocationId, source: "urn:tidegate:invoke", type: TYPE, data });
  return [{ kind: "invoke", cloudEvent, record: event, group: undefined, failureId: undefined }];
}

/** A direct invocation with a payload of the caller's own. Taken only when someone asked for it. */
export const invoke: TriggerSource = { name: "invoke", partialFailures: "none", matches: () => true, read };

/** Tells whether somebody takes payloads of any form. */
export function takesInvoke(isWanted: boolean): boolean {
  return isWanted || findEventFunction("invoke", TYPE) !== undefined;
}
