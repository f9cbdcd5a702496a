import { createItem, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Changes of a DynamoDB table, in the order of their shard. Format: Lambda developer guide, "Using Lambda with DynamoDB". */
export const awsDynamodb: TriggerSource = {
  name: "aws-dynamodb",
  partialFailures: "checkpoint",
  matches: ({ first }) => first.eventSource === "aws:dynamodb",
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const change = requiredObject(record, "dynamodb");
      const sequence = requiredName(change, "SequenceNumber");
      return createItem(
        "stream",
        record,
        {
          id: requiredName(record, "eventID"),
          source: requiredName(record, "eventSourceARN"),
          type: `com.amazonaws.dynamodb.${requiredName(record, "eventName")}`,
          time: toTimestamp(change.ApproximateCreationDateTime, "s"),
          extensions: { sequence },
          data: { json: record },
        },
        { group: "shard", failureId: sequence },
      );
    }),
};
