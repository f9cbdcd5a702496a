import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { detectSource } from "../event/detect.ts";
import type { CloudEvent } from "./cloud-event.ts";
import { detectTrigger, triggerInput, triggerSources } from "./detect-trigger.ts";
import type { EventKind } from "./event-kind.ts";
import type { TriggerItem, TriggerName } from "./trigger-source.ts";

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8"));
}

function read(event: unknown, context: unknown = {}): TriggerItem[] {
  const input = triggerInput(event, context, "invocation-1");
  return detectTrigger(input)?.read(input) ?? [];
}

const index = readFixture("index.json") as Record<string, { kind: string }>;
const JSON_TEXT = '{"sku":"A-1","qty":2}';
const JSON_BASE64 = "eyJza3UiOiJBLTEiLCJxdHkiOjJ9";
const SECOND = "2026-06-14T09:15:32.000Z";
const MS = "2026-06-14T09:15:32.417Z";

interface Row {
  name: string;
  platform: TriggerName;
  kind: EventKind;
  /** Items the event holds; default 1. */
  count?: number;
  /** What the first one says; `data: "event"` for the whole record. */
  first: Partial<Omit<CloudEvent, "data">> & { data?: CloudEvent["data"] | "record" };
}

const ROWS: Row[] = [
  {
    name: "alibaba-fc/async-destination-record.json",
    platform: "destination",
    kind: "destination",
    first: {
      id: "1-6a2e7134-15c1267f-b381ba1c085e",
      source: "acs:fc:cn-hangzhou:1234567890123456:functions/orders",
      type: "com.aliyun.fc.invocation.UnhandledInvocationError",
      time: "2026-06-14T09:21:07.003Z",
      data: "record",
    },
  },
  ...["alibaba-fc/kafka-stream.json", "alibaba-fc/kafka-stream-strings.json"].map(
    (name): Row => ({
      name,
      platform: "cloudevents",
      kind: "kafka",
      count: 2,
      first: {
        id: "1cb591f9-987e-41d9-b974-0342e9acb903",
        source: "acs:alikafka",
        type: "alikafka:Topic:Message",
        subject: "acs:alikafka:alikafka_pre-cn-demo0001:topic:orders",
        extensions: { aliyunaccountid: "1234567890123456" },
      },
    }),
  ),
  {
    name: "alibaba-fc/mns-queue-event.json",
    platform: "cloudevents",
    kind: "queue",
    first: {
      id: "1cb591f9-987e-41d9-b974-0342e9acb901",
      type: "mns:Queue:SendMessage",
      datacontenttype: "application/json; charset=utf-8",
    },
  },
  {
    name: "alibaba-fc/mns-queue-stream.json",
    platform: "cloudevents",
    kind: "queue",
    count: 2,
    first: { source: "acs:mns", subject: "acs:mns:cn-hangzhou:1234567890123456:queues/orders" },
  },
  ...["alibaba-fc/mns-topic-json.json", "alibaba-fc/mns-topic-json-attributes.json"].map(
    (name): Row => ({
      name,
      platform: "alibaba-mns-topic",
      kind: "topic",
      first: {
        id: "2F5B3C281B283D4EAC694B7425280001",
        source: "acs:mns:1234567890123456:topics/orders",
        type: "com.aliyun.mns.notification",
        subject: "orders",
        time: MS,
        data: { text: "order placed" },
      },
    }),
  ),
  {
    name: "alibaba-fc/mns-topic-stream-attributes.json",
    platform: "alibaba-mns-topic",
    kind: "topic",
    first: { id: "invocation-1", data: { text: "order placed" } },
  },
  {
    name: "alibaba-fc/oss-put.json",
    platform: "alibaba-oss",
    kind: "object-storage",
    first: {
      id: "66A2E7234F5C0D1B2A3C4D5E.in/report.csv",
      source: "acs:oss:cn-hangzhou:1234567890123456:acme-inbox",
      type: "com.aliyun.oss.ObjectCreated:PutObject",
      subject: "in/report.csv",
      time: SECOND,
      datacontenttype: "application/json",
      data: "record",
    },
  },
  {
    name: "alibaba-fc/sls-log.json",
    platform: "alibaba-log",
    kind: "log",
    first: {
      id: "c2691505-38da-4d1b-998a-f1d4bb8c9994",
      source: "acs:log:acme-logs:logstore/nginx",
      type: "com.aliyun.sls.logs",
      subject: "nginx",
      time: SECOND,
      data: "record",
    },
  },
  {
    name: "alibaba-fc/timer.json",
    platform: "alibaba-timer",
    kind: "timer",
    first: {
      id: "nightly.2026-06-14T09:15:00Z",
      source: "acs:fc:timer:nightly",
      type: "com.aliyun.fc.timer",
      subject: "nightly",
      time: "2026-06-14T09:15:00Z",
      data: { text: '{"mode":"full"}' },
    },
  },
  {
    name: "aws/async-destination-record.json",
    platform: "destination",
    kind: "destination",
    first: {
      id: "8c1f4a4e-8a7e-4a8c-9a53-27d6c9d3b1f0",
      source: "arn:aws:lambda:eu-west-1:210987654321:function:orders:$LATEST",
      type: "com.amazonaws.lambda.invocation.RetriesExhausted",
      data: "record",
    },
  },
  {
    name: "aws/eventbridge-custom.json",
    platform: "aws-eventbridge",
    kind: "cloudevent",
    first: {
      id: "2c5e7a91-7d4f-4b0a-8c33-1f0d9b6a4e21",
      source: "acme.orders",
      type: "OrderPlaced",
      subject: undefined,
      time: "2026-06-14T09:15:32Z",
      extensions: { awsaccount: "210987654321", awsregion: "eu-west-1" },
      data: { json: { sku: "A-1", qty: 2 } },
    },
  },
  {
    name: "aws/eventbridge-scheduled.json",
    platform: "aws-eventbridge",
    kind: "timer",
    first: {
      type: "Scheduled Event",
      subject: "arn:aws:events:eu-west-1:210987654321:rule/nightly",
      data: { json: {} },
    },
  },
  {
    name: "aws/eventbridge-scheduler.json",
    platform: "aws-eventbridge",
    kind: "timer",
    first: { source: "aws.scheduler", data: { text: "{}" } },
  },
  {
    name: "aws/kafka-self-managed.json",
    platform: "aws-kafka",
    kind: "kafka",
    first: {
      id: "orders-0-15",
      source: "kafka:kafka-1.acme.internal:9092,kafka-2.acme.internal:9092",
      data: { base64: JSON_BASE64 },
    },
  },
  {
    name: "aws/msk.json",
    platform: "aws-kafka",
    kind: "kafka",
    count: 2,
    first: {
      id: "orders-0-15",
      type: "org.apache.kafka.record",
      subject: "orders",
      time: MS,
      extensions: {
        sequence: "15",
        partitionkey: "customer-9",
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        note: "é",
      },
      data: { base64: JSON_BASE64 },
    },
  },
  {
    name: "aws/s3-put.json",
    platform: "aws-s3",
    kind: "object-storage",
    first: {
      id: "7Q2M9W4T6B1X8Z3C.Zm9yLWRlbW8tb25seS1ub3QtYS1yZWFsLWlk.0066A2E72345F0C1D2",
      source: "aws:s3.eu-west-1.acme-inbox",
      type: "com.amazonaws.s3.ObjectCreated:Put",
      subject: "in/2026 report(1).csv",
      time: MS,
      data: "record",
    },
  },
  {
    name: "aws/sns.json",
    platform: "aws-sns",
    kind: "topic",
    first: {
      id: "c0ffee00-1111-5222-8333-444455556666",
      source: "arn:aws:sns:eu-west-1:210987654321:orders:2b1f3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
      type: "com.amazonaws.sns.Notification",
      subject: "order placed",
      data: { text: JSON_TEXT },
    },
  },
  {
    name: "aws/sqs-fifo.json",
    platform: "aws-sqs",
    kind: "queue",
    count: 2,
    first: { extensions: { partitionkey: "customer-9", sequence: "18890734861101" }, data: { text: JSON_TEXT } },
  },
  {
    name: "aws/sqs-standard.json",
    platform: "aws-sqs",
    kind: "queue",
    count: 2,
    first: {
      id: "5b2f9a6e-0000-4c1d-8e2f-000000000001",
      source: "arn:aws:sqs:eu-west-1:210987654321:orders",
      type: "com.amazonaws.sqs.message",
      time: "2026-06-14T09:15:30.100Z",
      datacontenttype: undefined,
      extensions: {},
    },
  },
  {
    name: "cloudevents/batch.json",
    platform: "cloudevents",
    kind: "cloudevent",
    count: 2,
    first: { id: "A234-1234-1234", data: { json: { sku: "A-1", qty: 2 } } },
  },
  {
    name: "cloudevents/structured-base64.json",
    platform: "cloudevents",
    kind: "cloudevent",
    first: { datacontenttype: "image/png", data: { base64: "iVBORw0KGgo=" } },
  },
  {
    name: "cloudevents/structured-text.json",
    platform: "cloudevents",
    kind: "cloudevent",
    first: { datacontenttype: "application/xml", data: { text: '<order sku="A-1"/>' } },
  },
  {
    name: "cloudevents/structured.json",
    platform: "cloudevents",
    kind: "cloudevent",
    first: {
      id: "A234-1234-1234",
      source: "/shop/orders",
      type: "com.acme.order.placed",
      subject: "A-1",
      extensions: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
    },
  },
  {
    name: "huawei-functiongraph/async-notification.json",
    platform: "destination",
    kind: "destination",
    first: {
      id: "1167bf8c-87b0-43ab-8f5f-26b16c640001",
      type: "com.huaweicloud.functiongraph.invocation",
      time: "2026-06-14T09:21:07.003+08:00",
      data: "record",
    },
  },
  {
    name: "huawei-functiongraph/dis.json",
    platform: "huawei-dis",
    kind: "stream",
    count: 2,
    first: {
      id: "orders-shardId-0000000000-0",
      source: "urn:dis:stream/orders",
      extensions: { sequence: "0", partitionkey: "customer-9" },
      data: { base64: JSON_BASE64 },
    },
  },
  {
    name: "huawei-functiongraph/kafka.json",
    platform: "huawei-kafka",
    kind: "kafka",
    count: 2,
    first: {
      id: "invocation-1.0.0",
      source: "urn:dms:81335d56-b9fe-4679-ba95-703094900001",
      subject: "orders",
      time: SECOND,
      data: { text: JSON_TEXT },
    },
  },
  {
    name: "huawei-functiongraph/lts.json",
    platform: "huawei-log",
    kind: "log",
    first: { id: "invocation-1", type: "com.huaweicloud.lts.logs", datacontenttype: "application/json" },
  },
  {
    name: "huawei-functiongraph/obs-post.json",
    platform: "huawei-obs",
    kind: "object-storage",
    first: {
      id: "00000000160D9E681484D6B4C0000000.in/report.csv",
      source: "arn:fss:s3:::acme-inbox",
      type: "com.huaweicloud.obs.ObjectCreated:Post",
      subject: "in/report.csv",
      data: "record",
    },
  },
  {
    name: "huawei-functiongraph/smn.json",
    platform: "huawei-smn",
    kind: "topic",
    first: {
      id: "a51671f77d4a479cacb09e2cd5910001",
      source: "urn:smn:cn-north-4:0ed1b73473f24134a478962e63160001:orders",
      type: "com.huaweicloud.smn.notification",
      subject: "order placed",
      data: { text: JSON_TEXT },
    },
  },
  {
    name: "huawei-functiongraph/timer.json",
    platform: "huawei-timer",
    kind: "timer",
    first: { id: "nightly.2026-06-14T17:15:00+08:00", time: "2026-06-14T17:15:00+08:00", subject: "nightly" },
  },
  {
    name: "others/azure-timer.json",
    platform: "azure-timer",
    kind: "timer",
    first: { id: "invocation-1", source: "azure:timer", time: "2026-06-13T09:15:00.0000000+00:00", data: "record" },
  },
  {
    name: "others/cloudflare-queue.json",
    platform: "cloudflare-queue",
    kind: "queue",
    first: { id: "5b2f9a6e00004c1d8e2f000000000001", time: MS, data: { json: { sku: "A-1", qty: 2 } } },
  },
  {
    name: "others/cloudflare-scheduled.json",
    platform: "cloudflare-scheduled",
    kind: "timer",
    first: { id: "15 9 * * *.1781428500000", time: "2026-06-14T09:15:00.000Z", data: "record" },
  },
  {
    name: "others/gcf-background-pubsub.json",
    platform: "google-background",
    kind: "topic",
    first: {
      id: "7717391480012",
      source: "//pubsub.googleapis.com/projects/acme/topics/orders",
      type: "google.cloud.pubsub.topic.v1.messagePublished",
      time: MS,
    },
  },
  {
    name: "others/gcf-cloudevent-storage.json",
    platform: "cloudevents",
    kind: "object-storage",
    first: { id: "1234567890123456", subject: "objects/in/report.csv" },
  },
  {
    name: "others/gcf-pubsub-push.json",
    platform: "google-pubsub",
    kind: "topic",
    first: { id: "7717391480012", source: "//pubsub.googleapis.com/projects/acme/subscriptions/orders-push" },
  },
  {
    name: "tencent-scf/ckafka.json",
    platform: "tencent-ckafka",
    kind: "kafka",
    count: 2,
    first: { id: "orders-1-36", subject: "orders", extensions: { sequence: "36" }, data: { text: JSON_TEXT } },
  },
  {
    name: "tencent-scf/cmq-topic.json",
    platform: "tencent-cmq",
    kind: "topic",
    first: { id: "13510798882111490", source: "qcs::cmq:1250000000:topic/orders", data: { text: JSON_TEXT } },
  },
  {
    name: "tencent-scf/cos-post.json",
    platform: "tencent-cos",
    kind: "object-storage",
    first: {
      id: "NjZBMkU3MjMtZGVtbw==.in/report.csv",
      source: "qcs::cos:gz:inbox-1250000000",
      type: "com.tencent.cos.ObjectCreated:Post",
      subject: "in/report.csv",
      time: SECOND,
      data: "record",
    },
  },
  {
    name: "tencent-scf/timer.json",
    platform: "tencent-timer",
    kind: "timer",
    first: { source: "qcs::scf:timer:nightly", data: { text: '{"mode":"full"}' } },
  },
];

/** Never arrives as JSON: the event is CBOR, see below. */
const DECODED = "alibaba-fc/tablestore-decoded.json";

describe("triggers over the captured events", () => {
  test("every captured event is covered", () => {
    const captured = Object.keys(index).filter((name) => index[name]?.kind === "event" && name !== DECODED);
    expect(ROWS.map(({ name }) => name).sort()).toEqual(captured.sort());
  });

  test.each(ROWS)("$name", ({ name, platform, kind, count = 1, first }) => {
    const event = readFixture(name);
    const input = triggerInput(event, {}, "invocation-1");
    // One source only, so that their order decides nothing.
    expect(triggerSources.filter((source) => source.matches(input)).map((source) => source.name)).toEqual([platform]);
    expect(() => detectSource(event)).toThrow(expect.objectContaining({ code: "TIDEGATE_EVENT_UNKNOWN" }));

    const items = read(event);
    expect(items.map((item) => item.kind)).toEqual(Array(count).fill(kind));
    const item = items[0];
    const { data, ...attributes } = first;
    expect(item?.cloudEvent).toMatchObject(attributes);
    if (data === "record") expect(item?.cloudEvent.data).toEqual({ json: item?.record });
    else if (data !== undefined) expect(item?.cloudEvent.data).toEqual(data);
    expect(read(event).map(({ cloudEvent }) => cloudEvent)).toEqual(items.map(({ cloudEvent }) => cloudEvent));
    const ids = items.map(({ cloudEvent }) => `${cloudEvent.source} ${cloudEvent.id}`);
    expect(new Set(ids).size).toBe(count);
  });
});
