import { isObject, optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName, requiredObject, uriPart } from "./records.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Huawei DIS: a batch is of one shard, in its order. Format: FunctionGraph documents, "DIS trigger". */
export const huaweiDis: TriggerSource = {
  name: "huawei-dis",
  partialFailures: "none",
  matches: ({ object }) => typeof object.StreamName === "string" && isObject(object.Message),
  read: ({ object }) => {
    const stream = requiredName(object, "StreamName");
    const shard = optionalString(object, "ShardID") ?? "";
    return listRecords(requiredObject(object, "Message").records, "Message.records").map((record) => {
      const sequence = requiredName(record, "sequence_number");
      const partitionkey = optionalString(record, "partition_key");
      return createItem(
        "stream",
        record,
        {
          id: `${stream}-${shard}-${sequence}`,
          source: `urn:dis:stream/${uriPart(stream)}`,
          type: "com.huaweicloud.dis.record",
          subject: stream,
          extensions: { sequence, ...(partitionkey !== undefined && { partitionkey }) },
          data: { base64: requiredString(record, "data") },
        },
        { group: "shard" },
      );
    });
  },
};
