import type { InvocationRecord } from "@tidegate/core";
import type { JournalEntry } from "./journal.ts";
import type { Outcome } from "./outcome.ts";
import type { RequestPlan } from "./request-plan.ts";

/** How a request may end in order. Each is a column of the report. */
export type Ending =
  /** Answered by the app, at the first try. */
  | "served"
  /** Answered by the app, after an instance died with it. */
  | "replayed"
  /** 502, as it must not be sent again. */
  | "502 not repeatable"
  /** 502, as each instance it was sent to died with it: at least two wrote down that they began it. */
  | "502 all died"
  /** The same, but of an instance that did not get to begin it only the death is known, within the request's time. */
  | "502 deaths meanwhile"
  /** Its connection broke after the first byte of its response, as its instance died. */
  | "broken off"
  /** A WebSocket that got a Close frame of the gateway. */
  | "closed in order"
  /** An event stream, which has no end of its own, when its host stopped to be replaced. */
  | "stream cut by stop"
  /** The client went away. */
  | "client gone"
  /** Sent ahead on a connection that ended with an earlier response: nothing of it was begun. */
  | "sent ahead of a close";

export type Verdict = { readonly ok: true; readonly ending: Ending } | { readonly ok: false; readonly why: string };

/** What is known of a request beside what its client saw. */
export interface Evidence {
  /** What apps wrote down of it, in order. */
  readonly entries: readonly JournalEntry[];
  /** What the host recorded of it. */
  readonly records: readonly InvocationRecord[];
  /** Processes that died by a fault. */
  readonly dead: ReadonlySet<number>;
  /** Processes that an instance of this name had. */
  readonly pidsOf: (instance: string | null) => readonly number[];
  /** How many processes of its function died by a fault between two times. */
  readonly deathsBetween: (from: number, to: number) => number;
}

/** Methods that may be carried out twice (RFC 9110, 9.2.2). */
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** So much of a body is kept for a replay (decision 004), in bytes. */
const heldBytes = 64 * 1024;

/** Whether a request may be sent again after an instance got it. */
function isRepeatable(plan: RequestPlan): boolean {
  return idempotent.has(plan.method) && plan.bodyBytes <= heldBytes && plan.client !== "websocket";
}

/** Judges how a request ended by the rules of what is replayed (decision 004) and by what really happened. */
export function judge(plan: RequestPlan, seen: Outcome, evidence: Evidence): Verdict {
  const outcome = withCode(plan, seen, evidence);
  const why =
    misexecution(plan, outcome, evidence) ?? misrecording(plan, outcome, evidence) ?? mixUp(plan, outcome) ?? null;
  if (why !== null) return { ok: false, why };
  switch (outcome.end) {
    case "aborted":
      return { ok: true, ending: "client gone" };
    case "answered":
      return outcome.id === null ? judgeRefusal(plan, outcome, evidence) : judgeAnswer(plan, outcome, evidence);
    case "broken":
      return judgeBroken(plan, outcome, evidence);
    case "unconnected":
    case "hung":
      return { ok: false, why: `${outcome.end}: ${outcome.cause}` };
  }
}

/** A response to HEAD has no body, so its client cannot see the code of a refusal: there the record's word is taken. */
function withCode({ method }: RequestPlan, outcome: Outcome, { records }: Evidence): Outcome {
  const isRefusal = outcome.end === "answered" && outcome.id === null;
  return method === "HEAD" && isRefusal ? { ...outcome, code: records[0]?.error ?? null } : outcome;
}

/** Each process that began it but did not answer must have died; what is not idempotent begins once. */
function misexecution(plan: RequestPlan, outcome: Outcome, { entries, dead }: Evidence): string | null {
  const began = entries.filter(({ word }) => word === "b").map(({ pid }) => pid);
  if (!idempotent.has(plan.method) && began.length > 1) return `a ${plan.method} was executed ${began.length} times`;
  if (new Set(began).size < began.length) return "the same instance got it twice";
  const alive = began.filter((pid) => !dead.has(pid));
  if (alive.length > 1) return `executed by ${alive.length} instances that live: ${alive.join(", ")}`;
  if (outcome.end === "answered" && outcome.pid !== null && !began.includes(outcome.pid)) {
    return `answered by process ${outcome.pid}, which did not begin it`;
  }
  return null;
}

/** One record a request, which agrees with what the client saw. */
function misrecording(plan: RequestPlan, outcome: Outcome, { records, entries, pidsOf }: Evidence): string | null {
  const [record] = records;
  if (records.length > 1) return `${records.length} records`;
  if (record === undefined) {
    if (entries.length > 0) return "an app got it, and there is no record";
    return outcome.end === "answered" ? "answered, and there is no record" : null;
  }
  if (record.method !== plan.method) return `recorded with method ${record.method}`;
  if (outcome.end === "aborted") return null;
  if (outcome.status !== 0 && record.status !== outcome.status) {
    return `status ${outcome.status}, recorded with ${record.status}`;
  }
  if (outcome.end === "answered") {
    if (record.error !== outcome.code) return `code ${outcome.code}, recorded with ${record.error}`;
    const isCounted = outcome.id !== null && plan.client !== "websocket" && !plan.isChunked && plan.client !== "events";
    if (isCounted && plan.method !== "HEAD" && record.responseBytes !== outcome.bytes) {
      return `${outcome.bytes} bytes came, recorded with ${record.responseBytes}`;
    }
    const pids = pidsOf(record.instance);
    if (outcome.pid !== null && !pids.includes(outcome.pid)) {
      return `answered by process ${outcome.pid}, recorded for ${record.instance}`;
    }
  }
  if (record.queueMs > record.durationMs + 1) return `waited ${record.queueMs} of ${record.durationMs} ms`;
  return null;
}

function mixUp({ id, client }: RequestPlan, outcome: Outcome): string | null {
  if (outcome.id !== null && outcome.id !== id) return `got the response of ${outcome.id}`;
  if (outcome.wrongAt >= 0) return `its response is another's from byte ${outcome.wrongAt} on`;
  if (outcome.end === "answered" && outcome.status === 101 && client !== "websocket") return "upgraded unasked";
  return null;
}

function judgeAnswer(plan: RequestPlan, outcome: Outcome, { entries, dead }: Evidence): Verdict {
  if (plan.client === "websocket") return judgeWebSocket(plan, outcome);
  if (outcome.status !== 200) return { ok: false, why: `the app answered ${outcome.status}` };
  const expected = plan.method === "HEAD" ? 0 : plan.answerBytes;
  if (outcome.bytes !== expected)
    return { ok: false, why: `${outcome.bytes} of ${expected} bytes, and it looked whole` };
  const received = outcome.received?.split(":")[0];
  if (received !== String(plan.bodyBytes)) {
    return { ok: false, why: `the app received ${received} of ${plan.bodyBytes} bytes, and took them for the whole` };
  }
  const isReplayed = entries.some(({ word, pid }) => word === "b" && pid !== outcome.pid && dead.has(pid));
  return { ok: true, ending: isReplayed ? "replayed" : "served" };
}

function judgeWebSocket(plan: RequestPlan, outcome: Outcome): Verdict {
  const expected = plan.parts * (plan.id.length + 1);
  if (outcome.closeStatus === 1000 && outcome.bytes === expected) return { ok: true, ending: "served" };
  // 1001: going away; 1012: service restart (RFC 6455, 7.4.1, and its registry).
  if (outcome.closeStatus === 1001 || outcome.closeStatus === 1012) return { ok: true, ending: "closed in order" };
  return { ok: false, why: `closed with ${outcome.closeStatus} after ${outcome.bytes} of ${expected} bytes` };
}

/** An answer of the gateway itself. */
function judgeRefusal(plan: RequestPlan, outcome: Outcome, evidence: Evidence): Verdict {
  const { entries, records, dead, pidsOf, deathsBetween } = evidence;
  const said = `${outcome.status} ${outcome.code ?? "of nobody"}`;
  if (outcome.status !== 502 || outcome.code !== "TIDEGATE_INSTANCE_LOST") return { ok: false, why: said };
  const last = pidsOf(records[0]?.instance ?? null).filter((pid) => dead.has(pid));
  if (last.length === 0) return { ok: false, why: `${said}, but instance ${records[0]?.instance} lives` };
  if (!isRepeatable(plan)) return { ok: true, ending: "502 not repeatable" };
  if (records[0]?.replays === 0) return { ok: false, why: `${said}, and it was not sent again` };
  const died = new Set([...last, ...entries.filter(({ word }) => word === "b").map(({ pid }) => pid)]);
  if (died.size >= 2) return { ok: true, ending: "502 all died" };
  if (deathsBetween(outcome.sentAt - 50, outcome.endedAt) >= 2) return { ok: true, ending: "502 deaths meanwhile" };
  return { ok: false, why: `${said}, but only process ${[...died].join(", ")} died with it` };
}

/** The connection ended early: only for a response that had begun, of an instance that died. */
function judgeBroken(plan: RequestPlan, outcome: Outcome, { entries, records, dead }: Evidence): Verdict {
  const hadBegun = entries.some(({ word, pid }) => word === "h" && dead.has(pid));
  if (hadBegun && (outcome.status !== 0 || (records[0]?.status ?? 0) !== 0)) {
    const { error = null } = records[0] ?? {};
    // A host that is being replaced or stops cannot tell an app that dies from one that ends its streams as it was told to.
    const isStopped = plan.client === "events" && error === "TIDEGATE_HOST_STOPPING";
    if (error === "TIDEGATE_INSTANCE_LOST" || isStopped || plan.client === "websocket") {
      return { ok: true, ending: "broken off" };
    }
    return { ok: false, why: `broken off, recorded with ${error}` };
  }
  if (plan.client === "events" && outcome.status === 200 && records[0]?.error === "TIDEGATE_HOST_STOPPING") {
    return { ok: true, ending: "stream cut by stop" };
  }
  // Over HTTP/2 the host says so: REFUSED_STREAM is 7 (RFC 9113, 7), and promises that nothing was done.
  const isAhead =
    (plan.client === "pipelined" && outcome.earlier > 0) ||
    (plan.client === "http2" && /REFUSED_STREAM|reset with 7$/.test(outcome.cause ?? ""));
  if (isAhead && entries.length === 0 && records.length === 0) return { ok: true, ending: "sent ahead of a close" };
  const where = outcome.status === 0 ? "before a byte of a response" : "in the middle of the response";
  const reused = outcome.earlier > 0 ? `, on a connection used ${outcome.earlier} times before` : "";
  return { ok: false, why: `the connection broke ${where} (${outcome.cause})${reused}, and no instance died with it` };
}
