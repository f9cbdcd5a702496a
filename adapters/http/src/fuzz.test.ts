import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { eventErrors, TidegateError } from "@tidegate/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { adapterErrors } from "./errors.ts";
import { toHandler } from "./handler.ts";

const FIXTURES: URL = new URL("../../../packages/core/src/event/fixtures/", import.meta.url);
const CODES: readonly string[] = [...Object.keys(eventErrors), ...Object.keys(adapterErrors)];
const RUNS = { numRuns: 1500, seed: 20260614 };
/** A call that takes longer hangs: the app below answers at once. */
const HANG_MS = 3000;

const captured = readdirSync(FIXTURES, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".json") && file !== "index.json" && !file.includes("response"))
  .map((file) => readFileSync(new URL(file, FIXTURES), "utf8"));

/** Echoes everything, also into headers, where nothing an event smuggled in may arrive. */
const handler = toHandler((request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.setHeader("x-url", request.url ?? "");
    response.setHeader("x-method", request.method ?? "");
    response.setHeader(
      "x-values",
      request.rawHeaders.filter((_, i) => i % 2 === 1),
    );
    response.setHeader("content-type", "application/octet-stream");
    response.end(Buffer.concat(chunks));
  });
});

const hostileText = fc.oneof(
  fc.constantFrom(
    "a\r\nX-Injected: yes\r\n\r\n<script>",
    "\n",
    "\0",
    "/%",
    "/a b?c#d",
    "*",
    "",
    "订单",
    "\ud800",
    "__proto__",
    "constructor",
    "aG*=",
    "chunked",
    "gzip",
    "Infinity",
    "CONNECT",
    "CON NECT",
    "x".repeat(100_000),
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  fc.constantFrom<unknown>(null, undefined, true, false, 0, -1, Number.NaN, [], {}, [[]], [null], [{}], "true"),
  fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
);
const memberName = fc.oneof(
  hostileText,
  fc.constantFrom("content-length", "Transfer-Encoding", "expect", "upgrade", "connection", "cookie", "host"),
);

type Tree = Record<string, unknown>;

function define(tree: Tree, name: string, value: unknown): void {
  Object.defineProperty(tree, name, { value, configurable: true, enumerable: true, writable: true });
}

/** Changes, removes or adds a member: of the event, or of one of its members. */
function mutate(event: Tree, [seed, how, name, value]: [number, number, string, unknown]): void {
  const members = Object.values(event).filter(
    (member): member is Tree => typeof member === "object" && member !== null && !Array.isArray(member),
  );
  const tree = seed % 3 === 0 ? event : (members[seed % Math.max(members.length, 1)] ?? event);
  const keys = Object.keys(tree);
  const key = keys[(seed >> 3) % Math.max(keys.length, 1)] ?? name;
  if (how === 0) delete tree[key];
  else define(tree, how === 1 ? name : key, value);
}

const fuzzedEvent: fc.Arbitrary<Tree> = fc
  .tuple(
    fc.constantFrom(...captured),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), memberName, hostileValue), { minLength: 1, maxLength: 3 }),
  )
  .map(([text, mutations]) => {
    const event = JSON.parse(text) as Tree;
    for (const mutation of mutations) mutate(event, mutation);
    return event;
  });

async function call(event: unknown): Promise<"answer" | "error"> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the handler hangs")), HANG_MS);
  });
  try {
    const answer = (await Promise.race([handler(event, {}), hang])) as Tree;
    const text = JSON.stringify(answer);
    expect(text).not.toContain("X-Injected: yes\\r\\n");
    expect([200, 400, 413, 502]).toContain(answer.statusCode);
    const headers = { ...(answer.headers as object), ...(answer.multiValueHeaders as object) };
    for (const values of Object.values(headers)) expect(String(values)).not.toMatch(/[\r\n\0]/);
    return "answer";
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    expect(CODES).toContain(error.code);
    return "error";
  } finally {
    clearTimeout(timer);
  }
}

describe("a handler called with a fuzzed event", () => {
  beforeAll(() => {
    vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  test("answers, or rejects with a code", async () => {
    const ends = { answer: 0, error: 0 };
    await fc.assert(
      fc.asyncProperty(fuzzedEvent, async (event) => {
        ends[await call(event)]++;
      }),
      RUNS,
    );
    // Both happen, or the fuzzing tells nothing.
    expect(ends.answer).toBeGreaterThan(RUNS.numRuns / 4);
    expect(ends.error).toBeGreaterThan(RUNS.numRuns / 20);
  });

  test("answers bytes that are broken off, or rejects with a code", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...captured), fc.nat(), async (text, cut) => {
        const bytes = Buffer.from(text);
        await call(bytes.subarray(0, cut % (bytes.length + 1)));
      }),
      { ...RUNS, numRuns: 200 },
    );
  });
});
