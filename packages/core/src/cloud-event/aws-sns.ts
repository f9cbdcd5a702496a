import { optionalString, requiredString } from "../event/members.ts";
import { createItem, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/** SNS topic. Format: Lambda developer guide, "Using Lambda with Amazon SNS"; attributes: the CloudEvents adapter for SNS. */
export const awsSns: TriggerSource = {
  name: "aws-sns",
  partialFailures: "none",
  matches: ({ first }) => first.EventSource === "aws:sns",
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const sns = requiredObject(record, "Sns");
      return createItem("topic", record, {
        id: requiredName(sns, "MessageId"),
        source: optionalString(record, "EventSubscriptionArn") ?? requiredName(sns, "TopicArn"),
        type: `com.amazonaws.sns.${optionalString(sns, "Type") ?? "Notification"}`,
        subject: optionalString(sns, "Subject"),
        time: toTimestamp(sns.Timestamp),
        data: { text: requiredString(sns, "Message") },
      });
    }),
};
