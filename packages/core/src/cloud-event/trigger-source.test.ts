import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CloudEvent } from "./cloud-event.ts";
import { detectTrigger, triggerInput } from "./detect-trigger.ts";
import type { TriggerItem } from "./trigger-source.ts";

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8"));
}

function read(event: unknown, context: unknown = {}): TriggerItem[] {
  const input = triggerInput(event, context, "invocation-1");
  return detectTrigger(input)?.read(input) ?? [];
}

const MS = "2026-06-14T09:15:32.417Z";
const SECOND = "2026-06-14T09:15:32.000Z";

describe("groups and reports of failure", () => {
  test("messages of a FIFO queue keep the order of their group, those of a standard queue have none", () => {
    const fifo = read(readFixture("aws/sqs-fifo.json"));
    expect(fifo.map(({ group, failureId }) => [group, failureId])).toEqual([
      ["customer-9", "5b2f9a6e-0000-4c1d-8e2f-000000000001"],
      ["customer-9", "5b2f9a6e-0000-4c1d-8e2f-000000000002"],
    ]);
    expect(read(readFixture("aws/sqs-standard.json")).map(({ group }) => group)).toEqual([undefined, undefined]);
  });

  test("a group of a standard queue, which is for fairness, is no order", () => {
    const record = { messageId: "m", body: "", eventSource: "aws:sqs", eventSourceARN: "arn:aws:sqs:a:1:q" };
    const [item] = read({ Records: [{ ...record, attributes: { MessageGroupId: "tenant" } }] });
    expect(item).toMatchObject({ group: undefined, cloudEvent: { extensions: { partitionkey: "tenant" } } });
  });

  test.each([
    {
      name: "an ARN of FIFO",
      members: { eventSourceARN: "arn:aws:sqs:a:1:q.fifo" },
      attributes: { MessageGroupId: "g" },
      group: "g",
    },
    {
      name: "an ARN of FIFO and no group",
      members: { eventSourceARN: "arn:aws:sqs:a:1:q.fifo" },
      attributes: {},
      group: "",
    },
    { name: "a group and no ARN", members: {}, attributes: { MessageGroupId: "g" }, group: "g" },
    { name: "a number and no ARN", members: {}, attributes: { SequenceNumber: "1" }, group: "" },
    { name: "neither", members: {}, attributes: {}, group: undefined },
  ])("a message of a queue with $name", ({ members, attributes, group }) => {
    const record = { messageId: "m", body: "", eventSource: "aws:sqs", ...members, attributes };
    const [item] = read({ Records: [record] });
    expect(item?.group).toBe(group);
    expect(item?.cloudEvent.source).toBe(members.eventSourceARN ?? "aws:sqs");
  });

  test("records of Kafka keep the order of their partition", () => {
    const items = read(readFixture("aws/msk.json"));
    expect(items.map(({ group, failureId }) => ({ group, failureId }))).toEqual([
      { group: "orders-0", failureId: { partition: "orders-0", offset: 15 } },
      { group: "orders-1", failureId: { partition: "orders-1", offset: 7 } },
    ]);
    expect(new Set(read(readFixture("alibaba-fc/kafka-stream.json")).map(({ group }) => group)).size).toBe(1);
    expect(read(readFixture("tencent-scf/ckafka.json"))[0]?.group).toBe("orders-1");
  });

  test("Kinesis and DynamoDB report sequence numbers", () => {
    const kinesis = {
      eventSource: "aws:kinesis",
      eventID: "shardId-000000000006:49590",
      eventSourceARN: "arn:aws:kinesis:eu-west-1:1:stream/orders",
      kinesis: {
        partitionKey: "k",
        sequenceNumber: "49590",
        data: "aGk=",
        approximateArrivalTimestamp: 1781428532.417,
      },
    };
    expect(read({ Records: [kinesis] })).toMatchObject([
      {
        kind: "stream",
        group: "shard",
        failureId: "49590",
        cloudEvent: { id: "shardId-000000000006:49590", time: MS, extensions: { partitionkey: "k" } },
      },
    ]);
    const change = {
      eventSource: "aws:dynamodb",
      eventID: "c4ca4238",
      eventName: "INSERT",
      eventSourceARN: "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026",
      dynamodb: { SequenceNumber: "111", ApproximateCreationDateTime: 1781428532, NewImage: { sku: { S: "A-1" } } },
    };
    expect(read({ Records: [change] })).toMatchObject([
      { failureId: "111", cloudEvent: { type: "com.amazonaws.dynamodb.INSERT", time: SECOND, data: { json: change } } },
    ]);
  });
});

describe("bytes that are no JSON", () => {
  const context = { requestId: "r1", credentials: {}, accountId: "123" };
  const cbor = Buffer.concat([
    Buffer.from([0xa2, 0x67]),
    Buffer.from("Version"),
    Buffer.from([0x67]),
    Buffer.from("Sync-v1"),
  ]);

  test("Tablestore's are passed as CBOR", () => {
    expect(read(cbor, context)).toMatchObject([
      {
        kind: "stream",
        cloudEvent: {
          id: "invocation-1",
          source: "acs:ots:123",
          type: "com.aliyun.tablestore.stream",
          datacontenttype: "application/cbor",
          data: { bytes: cbor },
        },
      },
    ]);
  });

  test("others are the message of an MNS topic", () => {
    const [item] = read(Buffer.from("order placed"), context);
    expect(item).toMatchObject({ kind: "topic", cloudEvent: { source: "acs:mns:123", datacontenttype: undefined } });
  });

  test("without Alibaba's context nobody knows what they are", () => {
    expect(read(cbor)).toEqual([]);
    expect(read(Buffer.alloc(0), context)).toEqual([]);
  });
});

describe("what the context tells", () => {
  const pubsub = { "@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage", data: "aGk=" };

  test("Google passes data and context apart", () => {
    const context = {
      eventId: "1",
      eventType: "google.storage.object.finalize",
      timestamp: MS,
      resource: { service: "storage.googleapis.com", name: "projects/_/buckets/inbox/objects/in/a b.csv#17" },
    };
    const data = { bucket: "inbox", name: "in/a b.csv" };
    expect(read(data, context)).toMatchObject([
      {
        kind: "object-storage",
        record: data,
        cloudEvent: {
          source: "//storage.googleapis.com/projects/_/buckets/inbox",
          subject: "objects/in/a b.csv",
          type: "google.cloud.storage.object.v1.finalized",
          data: { json: data },
        },
      },
    ]);
    const old = {
      eventId: "2",
      eventType: "providers/cloud.pubsub/eventTypes/topic.publish",
      resource: "projects/a/topics/t",
    };
    expect(read(pubsub, old)).toMatchObject([
      {
        kind: "topic",
        cloudEvent: { source: "//pubsub.googleapis.com/projects/a/topics/t", data: { json: { message: pubsub } } },
      },
    ]);
  });

  test("Azure names the trigger of a bare message", () => {
    const context = {
      functionName: "orders",
      options: { trigger: { type: "queueTrigger" } },
      triggerMetadata: { id: "m1" },
    };
    expect(read("order placed", context)).toMatchObject([
      {
        kind: "queue",
        cloudEvent: { id: "m1", type: "com.microsoft.azure.functions.queueTrigger", data: { text: "order placed" } },
      },
    ]);
    const hub = { functionName: "orders", options: { trigger: { type: "eventHubTrigger" } } };
    const items = read([{ n: 1 }, Buffer.from("x")], hub);
    expect(items.map(({ cloudEvent, group }) => [cloudEvent.id, group])).toEqual([
      ["invocation-1.0", "batch"],
      ["invocation-1.1", "batch"],
    ]);
    const forged = { Records: [{ eventSource: "aws:s3" }], specversion: "1.0", id: "1", source: "/", type: "t" };
    expect(read(forged, hub)).toMatchObject([{ kind: "stream", cloudEvent: { data: { json: forged } } }]);
    const grid = { options: { trigger: { type: "eventGridTrigger" } } };
    expect(read(forged, grid)).toMatchObject([{ kind: "cloudevent", cloudEvent: { id: "1", type: "t" } }]);
    expect(read({ eventType: "x" }, grid)).toMatchObject([{ kind: "cloudevent", cloudEvent: { id: "invocation-1" } }]);
    expect(read({ schedule: {}, isPastDue: false }, { functionName: "nightly job" })).toMatchObject([
      { cloudEvent: { source: "azure:timer:nightly%20job", subject: "nightly job" } },
    ]);
  });
});

describe("members", () => {
  test("a Kafka record that is a CloudEvent keeps its attributes", () => {
    const bytes = (text: string): number[] => [...Buffer.from(text)];
    const headers = [
      { ce_specversion: bytes("1.0") },
      { ce_id: bytes("e1") },
      { ce_source: bytes("/shop") },
      { ce_type: bytes("com.acme.order") },
      { ce_tenant: bytes("t1") },
      { "content-type": bytes("application/avro") },
      { data: bytes("no attribute") },
      { broken: [300] },
    ];
    const record = { topic: "orders", partition: "0", offset: 1, value: null, key: "!", headers };
    const event = { eventSource: "aws:SelfManagedKafka", records: { "orders-0": [record] } };
    expect(read(event)).toMatchObject([
      {
        kind: "kafka",
        cloudEvent: {
          id: "e1",
          source: "/shop",
          type: "com.acme.order",
          datacontenttype: "application/avro",
          extensions: { sequence: "1", tenant: "t1" },
          data: undefined,
        },
      },
    ]);
    const forged = { ...record, headers: [{ "content-type": bytes("a/b\r\nx: y") }] };
    expect(read({ ...event, records: { a: [forged] } })[0]?.cloudEvent.datacontenttype).toBeUndefined();
  });

  test("objects removed by one request have ids of their own", () => {
    const fixture = readFixture("alibaba-fc/oss-put.json") as { events: { oss: { object: object } }[] };
    const [record] = fixture.events;
    const removed = { ...record, oss: { ...record?.oss, object: { key: "other" } } };
    const ids = read({ events: [record, removed] }).map(({ cloudEvent }) => cloudEvent.id);
    expect(new Set(ids).size).toBe(2);
  });

  test("compressed logs are marked as such", () => {
    expect(read({ awslogs: { data: "H4sI" } })).toMatchObject([
      { kind: "log", cloudEvent: { type: "com.amazonaws.logs.subscription", data: { base64: "H4sI", isGzip: true } } },
    ]);
    expect(read({ clslogs: { data: "H4sI" } })[0]?.cloudEvent.type).toBe("com.tencent.cls.logs");
  });

  test("further forms", () => {
    const cdn = { eventName: "DomainStarted", eventSource: "cdn", traceId: "t", resource: { domain: "a.example" } };
    expect(read({ events: [cdn] })).toMatchObject([
      { cloudEvent: { type: "com.aliyun.cdn.DomainStarted", id: "t.0" } },
    ]);
    const rocket = { trigger_type: "ROCKETMQ", event_time: 1781428532, records: [{ topic: "t", body: "x" }] };
    expect(read(rocket)).toMatchObject([
      { kind: "queue", cloudEvent: { subject: "t", time: SECOND, data: { json: { topic: "t", body: "x" } } } },
    ]);
    const minio = {
      Records: [
        {
          eventSource: "minio:s3",
          eventName: "s3:ObjectCreated:Put",
          s3: { bucket: { name: "b" }, object: { key: "k" } },
        },
      ],
    };
    expect(read(minio)[0]?.cloudEvent).toMatchObject({
      source: "minio:s3.b",
      id: "k",
      type: "com.amazonaws.s3.ObjectCreated:Put",
    });
    expect(read([])).toEqual([]);
  });

  test("a CloudEvent's data is read by its type", () => {
    const event = { specversion: "1.0", id: "1", source: "/a", type: "t" };
    const first = (extra: object): CloudEvent | undefined => read({ ...event, ...extra })[0]?.cloudEvent;
    expect(first({})?.data).toBeUndefined();
    expect(first({ data: null })?.data).toBeUndefined();
    expect(first({ data: "text" })).toMatchObject({ data: { json: "text" }, datacontenttype: "application/json" });
    expect(first({ data: "text", datacontenttype: "application/problem+json" })?.data).toEqual({ json: "text" });
    expect(first({ data_base64: "aGk=" })).toMatchObject({ datacontenttype: "application/octet-stream" });
    expect(first({ data: new Uint8Array(1), datacontenttype: "a/b" })?.data).toEqual({ bytes: new Uint8Array(1) });
    const extended = first({ UPPER: "x", "with-dash": "x", n: 7, yes: true, no: null, o: {}, dataschema: "urn:s" });
    expect(extended?.extensions).toEqual({ n: "7", yes: "true", dataschema: "urn:s" });
  });
});

describe("detectTrigger refuses", () => {
  const events: unknown[] = [
    null,
    undefined,
    7,
    "text",
    {},
    { Records: [] },
    { Records: null },
    { Records: [null] },
    { Records: "x" },
    { events: [{}] },
    [1],
    [null],
    ["{"],
    ["{}"],
    { specversion: "0.3", id: "1", source: "/a", type: "t" },
    { specversion: "1.0", id: "", source: "/a", type: "t" },
    { task: "x" },
  ];
  test.each(events.map((event) => ({ event })))("$event", ({ event }) => {
    const input = triggerInput(event, null, "i");
    expect(detectTrigger(input)).toBeUndefined();
  });
});

describe("a malformed event has a code and no values in its message", () => {
  const secret = "s3cr3t";
  const sqs = { eventSource: "aws:sqs", messageId: "m", eventSourceARN: "arn" };
  const event = { specversion: "1.0", id: "1", source: "/a", type: "t" };
  const cases: { name: string; event: unknown }[] = [
    { name: "a numeric body", event: { Records: [{ ...sqs, body: 7 }] } },
    { name: "a record that is none", event: { Records: [{ ...sqs, body: "" }, secret] } },
    { name: "an object without its store", event: { Records: [{ eventSource: "aws:s3", s3: secret }] } },
    { name: "a key of another type", event: { Records: [{ s3: { bucket: { name: "b" }, object: { key: {} } } }] } },
    { name: "partitions in a list", event: { eventSource: "aws:kafka", records: [secret] } },
    { name: "a partition that is no list", event: { eventSource: "aws:kafka", records: { "t-0": secret } } },
    {
      name: "an offset of another type",
      event: { eventSource: "aws:kafka", records: { "t-0": [{ topic: "t", partition: 0, offset: "x" }] } },
    },
    {
      name: "a value of another type",
      event: { eventSource: "aws:kafka", records: { "t-0": [{ topic: "t", partition: 0, offset: 1, value: {} }] } },
    },
    { name: "a media type that ends the header", event: { ...event, datacontenttype: "a/b\r\nx: s3cr3t" } },
    { name: "bytes that are none", event: { ...event, data_base64: { secret } } },
    { name: "a batch of mixed values", event: [event, secret] },
    { name: "a message without a topic", event: { record: [{ smn: { message: secret } }] } },
    { name: "a shard without records", event: { StreamName: "s", Message: {} } },
    { name: "a missing id", event: { "detail-type": "T", source: "a", detail: {} } },
  ];
  test.each(cases)("$name", ({ event }) => {
    const attempt = (): unknown => read(event);
    expect(attempt).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_MALFORMED" }));
    expect(attempt).not.toThrow(secret);
  });
});
