import { objectOrEmpty, optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** Source where a test event leaves the ARN out. */
const UNNAMED = "aws:sqs";

/**
 * Tells whether a message has an order to keep. Standard queues may have groups too, for fairness; the name of a FIFO
 * queue ends in `.fifo`, and it alone numbers its messages. Without the queue's name a group is taken for one of those:
 * an order that nobody needs does no harm.
 */
function isOrdered(arn: string | undefined, group: string | undefined, sequence: string | undefined): boolean {
  if (sequence !== undefined) return true;
  return arn === undefined ? group !== undefined : arn.endsWith(".fifo");
}

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
      const arn = optionalString(record, "eventSourceARN");
      return createItem(
        "queue",
        record,
        {
          id,
          source: arn ?? UNNAMED,
          type: "com.amazonaws.sqs.message",
          time: toTimestamp(attributes.SentTimestamp),
          extensions: {
            ...(group !== undefined && { partitionkey: group }),
            ...(sequence !== undefined && { sequence }),
          },
          data: { text: requiredString(record, "body") },
        },
        // What has an order and no group keeps that of the queue.
        { group: isOrdered(arn, group, sequence) ? (group ?? "") : undefined, failureId: id },
      );
    }),
};
