import { describe, expect, test } from "vitest";
import { type HandlerOptions, toHandler } from "./index.ts";

const app = (_req: unknown, res: { end(): unknown }): unknown => res.end();

const mistakes: { name: string; options: unknown; found: string }[] = [
  {
    name: "an unknown name",
    options: { stream: true },
    found: 'there is no option "stream"; did you mean "streaming"?',
  },
  { name: "another case", options: { basepath: "/a" }, found: 'no option "basepath"; did you mean "basePath"?' },
  { name: "another unit", options: { timeout: 3 }, found: 'no option "timeout"; did you mean "timeoutMs"?' },
  {
    name: "a name like none",
    options: { binaryMimeTypes: [] },
    found: 'no option "binaryMimeTypes"; there are "timeoutMs", "basePath", "streaming", "events", "fetch"',
  },
  { name: "an inherited name", options: { constructor: 1 }, found: 'there is no option "constructor"' },
  {
    name: "streaming as text",
    options: { streaming: "yes" },
    found: 'option "streaming" takes true or false, found "yes"',
  },
  {
    name: "a time as text",
    options: { timeoutMs: "3s" },
    found: 'option "timeoutMs" takes a number of milliseconds above 0, found "3s"',
  },
  { name: "no time", options: { timeoutMs: 0 }, found: "found 0" },
  { name: "a time before now", options: { timeoutMs: -1 }, found: "found -1" },
  { name: "a time that is no number", options: { timeoutMs: Number.NaN }, found: "found NaN" },
  { name: "a base path as a number", options: { basePath: 3 }, found: 'a path such as "/shop", or "auto", found 3' },
  { name: "a fetch that is none", options: { fetch: 1 }, found: 'option "fetch" takes a function, found 1' },
  { name: "events as text", options: { events: "x" }, found: 'option "events" takes an object, found "x"' },
  { name: "events as a list", options: { events: [] }, found: "found an array" },
  { name: "an unknown name of events", options: { events: { batch: true } }, found: 'no option "events.batch"' },
  {
    name: "no concurrency",
    options: { events: { concurrency: 0 } },
    found: 'option "events.concurrency" takes a number from 1 up, found 0',
  },
  { name: "a path of events as null", options: { events: { path: null } }, found: "found null" },
  { name: "partialBatch as a number", options: { events: { partialBatch: 1 } }, found: "takes true or false, found 1" },
  { name: "null", options: null, found: "options are an object, found null" },
  { name: "text", options: "streaming", found: 'options are an object, found "streaming"' },
];

describe("toHandler refuses with TIDEGATE_OPTIONS_INVALID", () => {
  test.each(mistakes)("$name", ({ options, found }) => {
    const make = (): unknown => toHandler(app, options as HandlerOptions);
    expect(make).toThrow(expect.objectContaining({ code: "TIDEGATE_OPTIONS_INVALID" }));
    expect(make).toThrow(found);
  });
});

test("toHandler takes every option, and those that are left undefined", () => {
  const fetch = (): Response => new Response();
  const events = { path: "/jobs", partialBatch: true, concurrency: Number.POSITIVE_INFINITY, invoke: true };
  toHandler(app, { timeoutMs: 0.5, basePath: "auto", streaming: true, events, fetch });
  toHandler(app, {
    timeoutMs: undefined,
    basePath: undefined,
    streaming: undefined,
    events: undefined,
    fetch: undefined,
  });
  toHandler(app, { basePath: "", events: {} });
  toHandler(app, {});
  toHandler(app, undefined);
});
