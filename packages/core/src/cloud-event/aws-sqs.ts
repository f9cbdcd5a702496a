import { objectOrEmpty, optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** SQS queue, standard and FIFO; messages of one group keep their order. Format: Lambda developer guide, "Using Lambda with Amazon SQS". */
export const awsSqs: TriggerSource = {
  name: "aws-sqs",
  partialFailures: "items",
  matches: ({ first }) => first.eventSource === "aws:sqs",
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const id = requiredName(record, "messageId");
      const attributes = objectOrEmpty(record, "attributes");
      const group = optionalString(attributes, "MessageGroupId");
      const sequence = optionalString(attributes, "SequenceNumber");
      // Standard queues may have groups too, for fairness; only a FIFO queue numbers its messages and keeps an order.
      const isOrdered = group !== undefined && sequence !== undefined;
      return createItem(
        "queue",
        record,
        {
          id,
          source: requiredName(record, "eventSourceARN"),
          type: "com.amazonaws.sqs.message",
          time: toTimestamp(attributes.SentTimestamp),
          extensions: {
            ...(group !== undefined && { partitionkey: group }),
            ...(sequence !== undefined && { sequence }),
          },
          data: { text: requiredString(record, "body") },
        },
        { group: isOrdered ? group : undefined, failureId: id },
      );
    }),
};
