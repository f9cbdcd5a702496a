import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { getTrigger, toHandler } from "../index.ts";
import { failing, fifo, recorder, sqs } from "./event-recorder.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("batches", () => {
  test("without partial answers one failure makes the whole batch come again, but every message is tried", async () => {
    const { app, seen } = recorder(failing);
    await expect(toHandler(app)(sqs("a", "bad", "c"))).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_FAILED",
      message: expect.stringMatching(
        /^Cannot complete batch of "aws-sqs": 1 of 3 events failed, 0 were not tried; first: /,
      ),
      cause: { code: "TIDEGATE_EVENT_FAILED" },
    });
    expect(seen.map(({ body }) => body)).toEqual(["a", "bad", "c"]);
  });

  test("with partial answers only what failed comes again, and the log says why", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { app } = recorder(failing);
    const handler = toHandler(app, { events: { partialBatch: true } });
    expect(await handler(sqs("a", "bad", "c", "bad too"))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m3" }],
    });
    expect(error).toHaveBeenCalledTimes(2);
    expect(await handler(sqs("a"))).toEqual({ batchItemFailures: [] });
  });

  test("after a failure in a FIFO group nothing of that group is tried, and all of it comes again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { app, seen } = recorder(failing);
    const batch = fifo(["a1", "a"], ["bad", "b"], ["a2", "a"], ["b2", "b"], ["b3", "b"]);
    expect(await toHandler(app, { events: { partialBatch: true } })(batch)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m3" }, { itemIdentifier: "m4" }],
    });
    expect(seen.map(({ body }) => body)).toEqual(["a1", "a2", "bad"]);
  });

  test("streams go on from the first failure of each shard or partition", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { app, seen } = recorder(failing);
    const handler = toHandler(app, { events: { partialBatch: true } });
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const kinesis = ["a", "bad", "c"].map((text, i) => ({
      eventSource: "aws:kinesis",
      eventSourceARN: "arn",
      kinesis: { sequenceNumber: `s${i}`, data: base64(text) },
    }));
    expect(await handler({ Records: kinesis })).toEqual({ batchItemFailures: [{ itemIdentifier: "s1" }] });
    expect(seen.map(({ body }) => body)).toEqual(["a", "bad"]);

    const record = { topic: "t", timestamp: 0, headers: [] };
    const kafka = {
      eventSource: "aws:kafka",
      eventSourceArn: "arn",
      records: {
        "t-0": ["bad", "b"].map((text, offset) => ({ ...record, partition: 0, offset, value: base64(text) })),
        "t-1": ["a", "bad"].map((text, offset) => ({ ...record, partition: 1, offset, value: base64(text) })),
      },
    };
    expect(await handler(kafka)).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: "t-0", offset: 0 } },
        { itemIdentifier: { partition: "t-1", offset: 1 } },
      ],
    });
  });

  test("what the deadline leaves untried comes again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const seen: string[] = [];
    const handler = toHandler(
      (_req, res) => {
        seen.push(String(getTrigger()?.data));
        if (seen.length === 1) res.end();
      },
      { timeoutMs: 50, events: { partialBatch: true } },
    );
    expect(await handler(sqs("a", "hangs", "c"))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m2" }],
    });
    expect(seen).toEqual(["a", "hangs"]);
  });

  test("as many at once as allowed, one at a time by default", async () => {
    let running = 0;
    let most = 0;
    const app = (_req: IncomingMessage, res: ServerResponse): void => {
      most = Math.max(most, ++running);
      setImmediate(() => {
        running--;
        res.end();
      });
    };
    const batch = sqs(..."abcdefgh");
    await toHandler(app)(batch);
    expect(most).toBe(1);
    await toHandler(app, { events: { concurrency: 3 } })(batch);
    expect(most).toBe(3);
    most = 0;
    await toHandler(app, { events: { concurrency: 8 } })(fifo(["1", "a"], ["2", "a"], ["1", "b"]));
    expect(most).toBe(2);
  });

  test("messages that can be acknowledged are, one by one", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const told: string[] = [];
    const messages = ["a", "bad", "c"].map((body) => ({
      id: body,
      timestamp: new Date(0),
      body,
      ack: () => told.push(`ack ${body}`),
      retry: () => told.push(`retry ${body}`),
    }));
    const { app } = recorder(failing);
    expect(await toHandler(app)({ queue: "orders", messages }, {})).toBeNull();
    expect(told).toEqual(["ack a", "retry bad", "ack c"]);
    await expect(toHandler(app)({ queue: "orders", messages: [{ id: "x", body: "bad" }] })).rejects.toMatchObject({
      code: "TIDEGATE_EVENT_FAILED",
    });
  });
});
