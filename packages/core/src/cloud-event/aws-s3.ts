import { objectOrEmpty, optionalString } from "../event/members.ts";
import { decodeFormKey } from "./object-key.ts";
import { createItem, joinId, listRecords, requiredName, requiredObject } from "./records.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerSource } from "./trigger-source.ts";

/**
 * S3 notification, also of stores that speak S3. Format: S3 user guide, "Event message structure"; attributes: the
 * CloudEvents adapter for S3. Its id is the same for all objects of one request, so the sequencer is added to it.
 */
export const awsS3: TriggerSource = {
  name: "aws-s3",
  partialFailures: "none",
  matches: ({ first }) => typeof first.eventSource === "string" && first.eventSource.endsWith(":s3"),
  read: ({ object }) =>
    listRecords(object.Records, "Records").map((record) => {
      const s3 = requiredObject(record, "s3");
      const stored = requiredObject(s3, "object");
      const bucket = requiredName(requiredObject(s3, "bucket"), "name");
      const key = requiredName(stored, "key");
      const response = objectOrEmpty(record, "responseElements");
      const region = optionalString(record, "awsRegion");
      return createItem("object-storage", record, {
        id: joinId(
          optionalString(response, "x-amz-request-id"),
          optionalString(response, "x-amz-id-2"),
          optionalString(stored, "sequencer") ?? key,
        ),
        source: joinId(requiredName(record, "eventSource"), region, bucket),
        type: `com.amazonaws.s3.${requiredName(record, "eventName").replace(/^s3:/, "")}`,
        subject: decodeFormKey(key),
        time: toTimestamp(record.eventTime),
        data: { json: record },
      });
    }),
};
