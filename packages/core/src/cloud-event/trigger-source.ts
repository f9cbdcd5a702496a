import type { EventObject } from "../event/source.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { EventKind } from "./event-kind.ts";

/** Names of the formats of events that are no HTTP request. */
export type TriggerName =
  | "aws-s3"
  | "aws-sqs"
  | "aws-sns"
  | "aws-eventbridge"
  | "aws-kafka"
  | "aws-kinesis"
  | "aws-dynamodb"
  | "aws-logs"
  | "alibaba-oss"
  | "alibaba-timer"
  | "alibaba-log"
  | "alibaba-mns-topic"
  | "alibaba-cdn"
  | "alibaba-bytes"
  | "tencent-cos"
  | "tencent-cmq"
  | "tencent-ckafka"
  | "tencent-timer"
  | "tencent-log"
  | "huawei-obs"
  | "huawei-smn"
  | "huawei-dis"
  | "huawei-timer"
  | "huawei-kafka"
  | "huawei-log"
  | "azure-timer"
  | "azure-message"
  | "google-background"
  | "google-pubsub"
  | "cloudflare-queue"
  | "cloudflare-scheduled"
  | "destination"
  | "cloudevents"
  | "invoke";

/** What a source looks at to tell whether an event is its own. */
export interface TriggerInput {
  /** The event as it came: an object, an array, bytes or text that is no JSON. */
  readonly event: unknown;
  /** The event, if it is an object; else an empty one. */
  readonly object: EventObject;
  /** The first of `Records`, `events` or `record`; else an empty object. */
  readonly first: EventObject;
  /** The platform's context, or an empty object. */
  readonly context: EventObject;
  /** The platform's id of the invocation, for events that have no id of their own. */
  readonly invocationId: string;
}

/** One event of those a platform delivers together. */
export interface TriggerItem {
  readonly kind: EventKind;
  readonly cloudEvent: CloudEvent;
  /** What the platform says of this item, unchanged. */
  readonly record: unknown;
  /** Items of one group are worked on in their order, and none after one that failed; `undefined` stands alone. */
  readonly group: string | undefined;
  /** What the platform wants to be told when the item failed; `undefined` where it takes no such report. */
  readonly failureId: unknown;
}

/**
 * How a source learns that a part of a batch failed.
 *
 * - `items`: a list of everything that failed or was not tried
 * - `checkpoint`: the first that failed of each group; the platform goes on from there
 * - `acknowledge`: every record has functions `ack` and `retry`
 * - `none`: not at all; the whole batch fails
 */
export type PartialFailures = "items" | "checkpoint" | "acknowledge" | "none";

/** One format of events: how to recognise it and read CloudEvents from it. */
export interface TriggerSource {
  readonly name: TriggerName;
  readonly partialFailures: PartialFailures;
  /** Tells whether an event is of this format. */
  matches(input: TriggerInput): boolean;
  /**
   * Reads the items of a matching event, in the platform's order.
   *
   * @throws TIDEGATE_EVENT_MALFORMED when a member has an unexpected type
   */
  read(input: TriggerInput): TriggerItem[];
}
