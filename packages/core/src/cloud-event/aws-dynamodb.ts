import { requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredObject } from "./records.ts";
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
      const sequence = requiredString(change, "SequenceNumber");
      return createItem(
        "stream",
        record,
        {
          id: requiredString(record, "eventID"),
          source: requiredString(record, "eventSourceARN"),
          type: `com.amazonaws.dynamodb.${requiredString(record, "eventName")}`,
          time: toTimestamp(change.ApproximateCreationDateTime, "s"),
          extensions: { sequence },
          data: { json: record },
        },
        { group: "shard", failureId: sequence },
      );
    }),
};
