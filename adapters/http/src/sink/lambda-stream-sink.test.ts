import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { LambdaStreamSink } from "./lambda-stream-sink.ts";

test("a second head after one that was refused is not sent", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const stream = new PassThrough();
  const events = { finished: vi.fn(), failed: vi.fn(), drained: vi.fn(), cancelled: vi.fn() };
  const sink = new LambdaStreamSink(stream, 200, undefined, events);
  const head = { status: 200, statusText: "", contentType: undefined, contentEncoding: undefined };
  sink.head({ ...head, rawHeaders: ["x-long", "v".repeat(300)] });
  sink.head({ ...head, rawHeaders: [] });
  const text = String(Buffer.concat(await stream.toArray()));
  expect(text.match(/statusCode/g)).toHaveLength(1);
  expect(text).toContain("TIDEGATE_PRELUDE_TOO_LARGE");
  log.mockRestore();
});
