import { expect, test } from "vitest";
import { FetchContext } from "./fetch-context.ts";

const INPUT = {
  head: { method: "GET", target: "/", rawHeaders: [] },
  body: null,
  clientIp: "203.0.113.7",
  isSecure: true,
  requestId: undefined,
  source: "any",
  context: {},
  dueMs: undefined,
};

function read(requestContext: unknown, clientIp: string | undefined = INPUT.clientIp): unknown {
  return new FetchContext({ ...INPUT, clientIp, event: { requestContext } }).requestContext;
}

test("requestContext is the event's where that tells the client's address", () => {
  for (const context of [{ identity: { sourceIp: "a" } }, { http: { sourceIp: "a" } }, { elb: {} }]) {
    expect(read(context)).toBe(context);
  }
});

test("requestContext has the client's address where its platform tells it elsewhere, and the event stays", () => {
  const context = { sourceIp: "10.0.0.1", identity: { secretId: "id" } };
  const before = structuredClone(context);
  expect(read(context)).toEqual({ sourceIp: "10.0.0.1", identity: { secretId: "id", sourceIp: "203.0.113.7" } });
  expect(context).toEqual(before);
  expect(read(undefined)).toEqual({ identity: { sourceIp: "203.0.113.7" } });
});

test("requestContext is an object whatever the event is", () => {
  const unknown = { ...INPUT, clientIp: undefined };
  for (const event of [null, undefined, "text", { requestContext: null }]) {
    expect(new FetchContext({ ...unknown, event }).requestContext).toEqual({});
  }
});
