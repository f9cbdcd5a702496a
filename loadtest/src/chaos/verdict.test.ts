import type { InvocationRecord } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import { createRandom } from "../statistics/random.ts";
import type { JournalEntry, JournalWord } from "./journal.ts";
import type { Outcome } from "./outcome.ts";
import { drawRequest, type RequestPlan } from "./request-plan.ts";
import { type Ending, type Evidence, judge } from "./verdict.ts";

const get: RequestPlan = {
  ...drawRequest(createRandom(1), "r1", ["steady"]),
  client: "kept",
  method: "GET",
  bodyBytes: 0,
  answerBytes: 64,
  parts: 1,
  isChunked: false,
  abort: null,
};
const post: RequestPlan = { ...get, method: "POST", bodyBytes: 10 };

const served: Outcome = {
  end: "answered",
  sentAt: 1000,
  endedAt: 1100,
  earlier: 0,
  status: 200,
  code: null,
  id: "r1",
  pid: 7,
  received: "0:0",
  bytes: 64,
  wrongAt: -1,
  retryAfter: null,
  closeStatus: null,
  cause: null,
};
const lost: Outcome = {
  ...served,
  status: 502,
  code: "TIDEGATE_INSTANCE_LOST",
  id: null,
  pid: null,
  received: null,
  bytes: 0,
};
const cut: Outcome = { ...served, end: "broken", bytes: 10, cause: "read ECONNRESET" };
const reset: Outcome = { ...lost, end: "broken", status: 0, code: null, cause: "read ECONNRESET" };

/** `7b` is "process 7 began it". */
const noted = (...words: string[]): JournalEntry[] =>
  words.map((word, at) => ({ pid: Number(word[0]), word: word[1] as JournalWord, at: 1000 + at, detail: "" }));

const record = (change: Partial<InvocationRecord> = {}): InvocationRecord =>
  ({
    requestId: "r1",
    method: "GET",
    status: 200,
    instance: "i7",
    error: null,
    responseBytes: 64,
    queueMs: 0,
    durationMs: 90,
    ...change,
  }) as InvocationRecord;

const lostRecord = record({ status: 502, error: "TIDEGATE_INSTANCE_LOST", replays: 1 });

const evidence = (entries: JournalEntry[], records: InvocationRecord[], dead: number[] = []): Evidence => ({
  entries,
  records,
  dead: new Set(dead),
  pidsOf: (instance) => (instance === null ? [] : [Number(instance.slice(1))]),
  deathsBetween: () => dead.length,
});

interface Case {
  readonly name: string;
  readonly plan?: RequestPlan;
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  readonly expected: Ending | RegExp;
}

const cases: readonly Case[] = [
  {
    name: "a plain answer",
    outcome: served,
    evidence: evidence(noted("7b", "7h", "7f"), [record()]),
    expected: "served",
  },
  {
    name: "an answer after a death",
    outcome: served,
    evidence: evidence(noted("6b", "7b", "7h", "7f"), [record()], [6]),
    expected: "replayed",
  },
  {
    name: "an answer after two instances that live",
    outcome: served,
    evidence: evidence(noted("6b", "7b", "7f"), [record()]),
    expected: /executed by 2 instances that live/,
  },
  {
    name: "a POST executed twice, though the first instance died",
    plan: post,
    outcome: { ...served, received: "10:1" },
    evidence: evidence(noted("6b", "7b", "7f"), [record({ method: "POST" })], [6]),
    expected: /POST was executed 2 times/,
  },
  {
    name: "an answer without a record",
    outcome: served,
    evidence: evidence(noted("7b", "7f"), []),
    expected: /there is no record/,
  },
  {
    name: "two records",
    outcome: served,
    evidence: evidence(noted("7b", "7f"), [record(), record()]),
    expected: /2 records/,
  },
  {
    name: "a record of another instance",
    outcome: served,
    evidence: evidence(noted("7b", "7f"), [record({ instance: "i8" })]),
    expected: /recorded for i8/,
  },
  {
    name: "the response of another request",
    outcome: { ...served, id: "r2" },
    evidence: evidence(noted("7b", "7f"), [record()]),
    expected: /the response of r2/,
  },
  {
    name: "bytes of another response",
    outcome: { ...served, wrongAt: 3 },
    evidence: evidence(noted("7b", "7f"), [record()]),
    expected: /another's from byte 3/,
  },
  {
    name: "a response that is short and looks whole",
    outcome: { ...served, bytes: 60 },
    evidence: evidence(noted("7b", "7f"), [record({ responseBytes: 60 })]),
    expected: /60 of 64 bytes/,
  },
  {
    name: "a body that reached the app in part",
    plan: post,
    outcome: { ...served, received: "4:1" },
    evidence: evidence(noted("7b", "7f"), [record({ method: "POST" })]),
    expected: /received 4 of 10 bytes/,
  },
  {
    name: "502 for a POST whose instance died",
    plan: post,
    outcome: lost,
    evidence: evidence(noted("7b"), [{ ...lostRecord, method: "POST" }], [7]),
    expected: "502 not repeatable",
  },
  {
    name: "502 for a HEAD, whose client sees no code, after two instances died",
    plan: { ...get, method: "HEAD" },
    outcome: { ...lost, code: null },
    evidence: evidence(noted("6b", "7b"), [{ ...lostRecord, method: "HEAD" }], [6, 7]),
    expected: "502 all died",
  },
  {
    name: "502 for a POST whose instance lives",
    plan: post,
    outcome: lost,
    evidence: evidence(noted("7b"), [{ ...lostRecord, method: "POST" }]),
    expected: /lives/,
  },
  {
    name: "502 for a GET that one instance died with",
    outcome: lost,
    evidence: evidence(noted("7b"), [lostRecord], [7]),
    expected: /only process 7 died/,
  },
  {
    name: "502 for a GET that was not sent again",
    outcome: lost,
    evidence: evidence(noted("7b"), [{ ...lostRecord, replays: 0 }], [6, 7]),
    expected: /not sent again/,
  },
  {
    name: "502 for a GET whose first instance did not get to begin it",
    outcome: lost,
    evidence: evidence(noted("7b"), [lostRecord], [5, 7]),
    expected: "502 deaths meanwhile",
  },
  {
    name: "502 for a GET that two instances died with",
    outcome: lost,
    evidence: evidence(noted("6b", "7b"), [lostRecord], [6, 7]),
    expected: "502 all died",
  },
  {
    name: "503",
    outcome: { ...lost, status: 503, code: "TIDEGATE_QUEUE_TIMEOUT" },
    evidence: evidence([], [record({ status: 503, error: "TIDEGATE_QUEUE_TIMEOUT", instance: null })]),
    expected: /503 TIDEGATE_QUEUE_TIMEOUT/,
  },
  {
    name: "a response cut by a death",
    outcome: cut,
    evidence: evidence(noted("7b", "7h"), [record({ error: "TIDEGATE_INSTANCE_LOST" })], [7]),
    expected: "broken off",
  },
  {
    name: "a response cut without a death",
    outcome: cut,
    evidence: evidence(noted("7b", "7h"), [record({ error: "TIDEGATE_INSTANCE_LOST" })]),
    expected: /no instance died/,
  },
  {
    name: "a reset that overtook the head",
    outcome: reset,
    evidence: evidence(noted("7b", "7h"), [record({ error: "TIDEGATE_INSTANCE_LOST" })], [7]),
    expected: "broken off",
  },
  {
    name: "a reset before any byte of a response",
    outcome: reset,
    evidence: evidence(noted("7b"), [record({ status: 0 })], [7]),
    expected: /before a byte of a response/,
  },
  {
    name: "a kept connection closed under a request",
    outcome: { ...reset, earlier: 3 },
    evidence: evidence([], []),
    expected: /used 3 times before/,
  },
  {
    name: "a request behind another that ended the connection",
    plan: { ...get, client: "pipelined" },
    outcome: { ...reset, earlier: 3 },
    evidence: evidence([], []),
    expected: "sent ahead of a close",
  },
  {
    name: "a client that went away unnoticed",
    outcome: { ...reset, end: "aborted" },
    evidence: evidence([], []),
    expected: "client gone",
  },
  {
    name: "a client that went away, without a record of it",
    outcome: { ...reset, end: "aborted" },
    evidence: evidence(noted("7b", "7a"), []),
    expected: /there is no record/,
  },
  {
    name: "a client that waits forever",
    outcome: { ...reset, end: "hung" },
    evidence: evidence([], []),
    expected: /hung/,
  },
];

describe("judge", () => {
  it.each(cases)("$name", ({ plan = get, outcome, evidence, expected }) => {
    const verdict = judge(plan, outcome, evidence);
    if (typeof expected === "string") expect(verdict).toEqual({ ok: true, ending: expected });
    else expect(verdict.ok ? verdict : verdict.why).toMatch(expected);
  });
});
