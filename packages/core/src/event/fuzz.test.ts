import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventErrors, TidegateError } from "../errors.ts";
import { readFc2Request } from "./alibaba-fc.ts";
import { detectSource, eventSources, findSource } from "./detect.ts";
import { base64ByteLength, malformedBody } from "./members.ts";
import type { HttpRequestMessage } from "./message.ts";
import { requestExcess } from "./payload-excess.ts";
import type { EventObject } from "./source.ts";

const RUNS = { numRuns: 3000, seed: 20260614 };
const FIXTURES: URL = new URL("./fixtures/", import.meta.url);

const events = readdirSync(FIXTURES, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".json") && file !== "index.json" && !file.includes("response"))
  .map((file) => readFileSync(new URL(file, FIXTURES), "utf8"));

type Tree = Record<string, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

const hostileText = fc.oneof(
  fc.constantFrom(
    "a\r\nX-Injected: yes",
    "\n",
    "\0",
    "\u007f",
    "GET / HTTP/1.1\r\n\r\n",
    "/a b?c#d",
    "//evil.example/",
    "http://evil.example/",
    "/%",
    "/%zz%e4%b8",
    "?",
    "",
    "%00",
    "订单",
    "\ud800",
    "𐍈",
    "__proto__",
    "constructor",
    "aGk*=",
    "aGk",
    "a".repeat(300),
    "x".repeat(70_000),
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    false,
    0,
    -1,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    [],
    {},
    [[]],
    [null],
    [{}],
    "true",
  ),
  fc.array(hostileText, { maxLength: 3 }),
  fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
);
interface Mutation {
  readonly seeds: readonly number[];
  readonly how: "set" | "delete" | "rename" | "add";
  readonly name: string;
  readonly value: unknown;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  seeds: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  how: fc.constantFrom("set", "set", "set", "delete", "rename", "add"),
  name: fc.oneof(hostileText, fc.constantFrom("content-length", "Transfer-Encoding", "cookie", "x-forwarded-for")),
  value: hostileValue,
});

/** Changes one member somewhere in an event. */
function mutate(event: Tree, { seeds, how, name, value }: Mutation): void {
  let tree = event;
  for (const [depth, seed] of seeds.entries()) {
    const keys = Object.keys(tree);
    const key = keys[seed % keys.length];
    const next = key === undefined ? undefined : tree[key];
    // Most of what matters lies one level down.
    if (isTree(next) && (depth > 0 || seed % 3 !== 0)) {
      tree = next;
      continue;
    }
    const target = how === "add" ? name : key;
    if (target === undefined) return;
    if (how === "delete" || how === "rename") delete tree[target];
    if (how === "rename") define(tree, name, next);
    if (how === "set" || how === "add") define(tree, target, value);
    return;
  }
}

/** Sets a member as JSON.parse does, also when it is called "__proto__". */
function define(tree: Tree, name: string, value: unknown): void {
  Object.defineProperty(tree, name, { value, configurable: true, enumerable: true, writable: true });
}

const fuzzedEvent: fc.Arbitrary<EventObject> = fc
  .tuple(fc.constantFrom(...events), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([text, mutations]) => {
    const event = JSON.parse(text) as Tree;
    for (const one of mutations) mutate(event, one);
    return event;
  });

const NAME: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/;

function expectLegal(message: HttpRequestMessage): void {
  expect(message.method).toMatch(NAME);
  expect(message.method).toBe(message.method.toUpperCase());
  expect(message.target).toMatch(/^\/[!-~]*$/);
  expect(message.target).not.toContain("#");
  for (const [i, text] of message.rawHeaders.entries()) expect(text).toMatch(i % 2 === 0 ? NAME : VALUE);
  const lengths = message.rawHeaders.flatMap((text, i) =>
    i % 2 === 0 && text.toLowerCase() === "content-length" ? [i + 1] : [],
  );
  expect(lengths).toEqual(message.contentLengthAt === -1 ? [] : [message.contentLengthAt]);
  expect(message.clientIp ?? "::1").toMatch(/^[\da-f:.]+(?:%[\w.-]+)?$/i);
  expect(message.requestId ?? "id").toMatch(/^[!-~]+$/);
  if (message.body !== null && "base64" in message.body) {
    // What the adapter does: illegal characters leave fewer bytes than there should be.
    const bytes = Buffer.from(message.body.base64, "base64");
    if (bytes.length !== base64ByteLength(message.body.base64)) throw malformedBody();
  }
}

/** Runs what may fail with a code of the table, and with nothing else. */
function expectCoded(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    expect(Object.keys(eventErrors)).toContain(error.code);
    // Messages end in logs, where a line break would begin another entry.
    expect(error.message).not.toMatch(/[\r\n]/);
    expect(error.message.length).toBeLessThan(1500);
  }
}

describe("a fuzzed event", () => {
  test("gives a legal request, or an error with a code", () => {
    let served = 0;
    fc.assert(
      fc.property(fuzzedEvent, (event) => {
        expectCoded(() => {
          const source = detectSource(event);
          const message = source.toRequest(event);
          expectLegal(message);
          requestExcess(source, message);
          expect(source.basePath(event)).toMatch(/^(?:\/[!-~]*)?$/);
          served++;
        });
      }),
      RUNS,
    );
    // Else the fuzzing breaks every event at the door and tells nothing.
    expect(served).toBeGreaterThan(RUNS.numRuns / 4);
  });

  test("that is anything at all has a source, or none", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), (value) => {
        const source = findSource(value);
        if (source !== undefined) expectCoded(() => expectLegal(source.toRequest(value as EventObject)));
      }),
      RUNS,
    );
  });

  test("read as any source gives a legal request, or an error with a code", () => {
    fc.assert(
      fc.property(fuzzedEvent, (event) => {
        for (const source of eventSources) expectCoded(() => expectLegal(source.toRequest(event)));
      }),
      { ...RUNS, numRuns: 500 },
    );
  });

  test("read as a request object of Function Compute 2.0 does too", () => {
    const member = fc.oneof(hostileValue, fc.constantFrom("GET", "/orders"));
    const request = fc.record({
      method: member,
      path: member,
      headers: hostileValue,
      queries: hostileValue,
      clientIP: member,
    });
    fc.assert(
      fc.property(request, (object) => {
        expectCoded(() => expectLegal(readFc2Request(object)));
      }),
      RUNS,
    );
  });

  test("is read in linear time when it is huge", () => {
    const rest = JSON.parse(events.find((text) => text.includes("resourcePath")) ?? "{}") as Tree;
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`x-${i}`, "a"]));
    const started = performance.now();
    for (const part of ["%", "\ud800", " ", "a:", "::", "[", "a,"]) {
      const text = part.repeat(500_000);
      const identity = { sourceIp: text };
      const event = { ...rest, path: `/${text}`, headers: { "x-forwarded-for": text }, multiValueHeaders: null };
      expectCoded(() => detectSource(event).toRequest({ ...event, requestContext: { resourcePath: "/", identity } }));
    }
    for (const multi of [many, {}, { "X-0": ["b"] }, null]) {
      detectSource(rest).toRequest({ ...rest, multiValueHeaders: multi, headers: many });
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
