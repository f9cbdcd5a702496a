/** Every {@link EventKind}. */
export const eventKinds = [
  "timer",
  "object-storage",
  "queue",
  "topic",
  "kafka",
  "stream",
  "log",
  "destination",
  "invoke",
  "cloudevent",
] as const;

/**
 * What an event is about, whatever cloud it comes from. The kind is the last part of the path an app is called with.
 *
 * - `timer`: a schedule is due
 * - `object-storage`: an object was made, changed or removed
 * - `queue`: a message of a queue
 * - `topic`: a message of a topic
 * - `kafka`: a record of Kafka or what speaks its protocol
 * - `stream`: a record of a data stream or of a table's changes
 * - `log`: lines of a log, or where to fetch them
 * - `destination`: how an asynchronous invocation of another function ended
 * - `invoke`: a payload of the caller's own, by a direct invocation
 * - `cloudevent`: an event of a bus, or a CloudEvent that is none of the above
 */
export type EventKind = (typeof eventKinds)[number];

/** Types of CloudEvents that buses deliver as such, by how they begin. Sources: the buses' lists of event types. */
const KIND_OF_TYPE: readonly (readonly [prefix: string, kind: EventKind])[] = [
  ["google.cloud.storage.object.", "object-storage"],
  ["google.cloud.pubsub.topic.", "topic"],
  ["google.cloud.firestore.document.", "stream"],
  ["google.cloud.scheduler.", "timer"],
  ["Microsoft.Storage.Blob", "object-storage"],
  ["oss:Object", "object-storage"],
  ["mns:Queue:", "queue"],
  ["mns:Topic:", "topic"],
  ["mq:Topic:", "topic"],
  ["amqp:Queue:", "queue"],
  ["alikafka:Topic:", "kafka"],
  ["eventbridge:Events:ScheduledEvent", "timer"],
  ["com.amazonaws.s3.", "object-storage"],
  ["com.amazonaws.sns.", "topic"],
  ["com.amazonaws.sqs.", "queue"],
  ["org.apache.kafka.", "kafka"],
];

/** Finds the kind of a CloudEvent by its type; `cloudevent` when the type is no known one. */
export function kindOfType(type: string): EventKind {
  for (const [prefix, kind] of KIND_OF_TYPE) {
    if (type.startsWith(prefix)) return kind;
  }
  return "cloudevent";
}
