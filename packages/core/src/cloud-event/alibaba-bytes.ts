import { optionalString } from "../event/members.ts";
import { createItem } from "./records.ts";
import type { TriggerInput, TriggerItem, TriggerSource } from "./trigger-source.ts";

/** Head of a Tablestore event: a CBOR map (RFC 8949, major type 5) with the text key "Version" or "Records" of 7 bytes. */
function isTablestore(bytes: Uint8Array): boolean {
  const isMap = ((bytes[0] ?? 0) & 0xe0) === 0xa0;
  const key = String.fromCharCode(...bytes.subarray(1, 9));
  return isMap && (key === "gVersion" || key === "gRecords");
}

function read({ event, context, invocationId }: TriggerInput): TriggerItem[] {
  const bytes = event as Uint8Array;
  const account = optionalString(context, "accountId");
  if (isTablestore(bytes)) {
    return [
      createItem("stream", bytes, {
        id: invocationId,
        source: account === undefined ? "acs:ots" : `acs:ots:${account}`,
        type: "com.aliyun.tablestore.stream",
        datacontenttype: "application/cbor",
        data: { bytes },
      }),
    ];
  }
  return [
    createItem("topic", bytes, {
      id: invocationId,
      source: account === undefined ? "acs:mns" : `acs:mns:${account}`,
      type: "com.aliyun.mns.notification",
      data: { bytes },
    }),
  ];
}

/**
 * An event of Alibaba that is no JSON: the CBOR of Tablestore, or the bare message of an MNS topic in STREAM format.
 * Nothing but the context tells who sends it; no other platform passes such bytes. Format: Function Compute documents,
 * "Tablestore trigger" and "MNS topic trigger".
 */
export const alibabaBytes: TriggerSource = {
  name: "alibaba-bytes",
  partialFailures: "none",
  matches: ({ event, context }) =>
    event instanceof Uint8Array &&
    event.length > 0 &&
    typeof context.requestId === "string" &&
    "credentials" in context,
  read,
};
