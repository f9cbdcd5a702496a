import { optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Kinesis data stream: a batch is of one shard, in its order. Format: Lambda developer guide, "Using Lambda with Kinesis". */
export const awsKinesis: TriggerSource = {
  name: "aws-kinesis",
  partialFailures: "checkpoint",
  matches: ({ first }) => first.eventSource === "aws:kinesis",
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const kinesis = requiredObject(record, "kinesis");
      const sequence = requiredName(kinesis, "sequenceNumber");
      const partitionkey = optionalString(kinesis, "partitionKey");
      return createItem(
        "stream",
        record,
        {
          id: optionalString(record, "eventID") ?? sequence,
          source: requiredName(record, "eventSourceARN"),
          type: "com.amazonaws.kinesis.record",
          time: toTimestamp(kinesis.approximateArrivalTimestamp, "s"),
          extensions: { sequence, ...(partitionkey !== undefined && { partitionkey }) },
          data: { base64: requiredString(kinesis, "data") },
        },
        { group: "shard", failureId: sequence },
      );
    }),
};
