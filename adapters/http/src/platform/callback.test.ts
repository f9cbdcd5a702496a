import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toHandler } from "../index.ts";
import { readEvent } from "../trigger/event-recorder.ts";

const HTTP = { path: "/", httpMethod: "GET", queryParameters: {}, headers: {} };
const rejections = vi.fn();

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  process.on("unhandledRejection", rejections);
});

afterEach(() => {
  process.off("unhandledRejection", rejections);
  rejections.mockClear();
  vi.restoreAllMocks();
});

describe("a platform's callback", () => {
  const broken = (): never => {
    throw new Error("gone");
  };
  test.each([
    { name: "an HTTP event", args: [HTTP, {}, broken] },
    { name: "a timer", args: [readEvent("alibaba-fc/timer.json"), {}, broken] },
    { name: "an event of Google's", args: [readEvent("others/gcf-cloudevent-storage.json"), broken] },
  ])("that throws at $name is reported, and no rejection is left", async ({ args }) => {
    const handler = toHandler((_req, res) => res.end()) as (...args: unknown[]) => Promise<unknown>;
    await handler(...args);
    await new Promise(setImmediate);
    expect(rejections).not.toHaveBeenCalled();
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining("callback"), new Error("gone"));
  });

  test("has the answer to a malformed request, too", async () => {
    const callback = vi.fn();
    const event = { ...HTTP, headers: { "x-a": "b\r\nc: d" } };
    const answer = await toHandler((_req, res) => res.end())(event, {}, callback);
    expect(answer).toMatchObject({ statusCode: 400 });
    expect(callback.mock.calls).toEqual([[null, answer]]);
  });
});
