import type { Random } from "../statistics/random.ts";
import type { DeathPoint } from "./fault.ts";

/** How a client carries a request out. */
export type ClientKind =
  /** Over a connection of a pool of kept ones. */
  | "kept"
  /** Over a connection of its own. */
  | "single"
  /** With others sent ahead of its response. */
  | "pipelined"
  /** Reads its large response little by little. */
  | "slow-reader"
  /** Sends its body in pieces. */
  | "upload"
  /** Reads an event stream. */
  | "events"
  | "websocket"
  /** As a stream among others of one HTTP/2 session. */
  | "http2";

/** When a client goes away on purpose. */
export type AbortPoint = "at-once" | "dispatched" | "mid-upload" | "mid-response";

/** One request, decided before it is sent. */
export interface RequestPlan {
  readonly id: string;
  readonly client: ClientKind;
  readonly function: string;
  readonly method: string;
  /** Bytes of the request's body. */
  readonly bodyBytes: number;
  /** Pieces the body is sent in, and the pause between, in milliseconds. */
  readonly pieces: number;
  readonly pieceMs: number;
  readonly isChunked: boolean;
  /** Bytes of the response's body. */
  readonly answerBytes: number;
  /** Wait of the app before the head of its response, in milliseconds. */
  readonly waitMs: number;
  /** Parts of the response, and how long they take together, in milliseconds. */
  readonly parts: number;
  readonly overMs: number;
  readonly abort: AbortPoint | null;
  /** Where the app is to kill itself for this request: once, or every time it comes. */
  readonly die: { readonly at: DeathPoint; readonly how: "kill" | "exit" | "throw"; readonly every: boolean } | null;
}

const plain: Omit<RequestPlan, "id" | "function"> = {
  client: "kept",
  method: "GET",
  bodyBytes: 0,
  pieces: 1,
  pieceMs: 0,
  isChunked: false,
  answerBytes: 64,
  waitMs: 0,
  parts: 1,
  overMs: 0,
  abort: null,
  die: null,
};

type Shape = (random: Random) => Partial<RequestPlan>;

const kib = 1024;
const bodyMethods = ["POST", "POST", "PUT"] as const;
const anyMethod = ["GET", "GET", "PUT", "DELETE", "POST"] as const;

/** Kinds of requests and how many of 1000 are of each; the rest are plain ones. */
const shapes: readonly (readonly [perMille: number, shape: Shape])[] = [
  [80, () => ({ client: "single" })],
  [100, (random) => ({ method: random.pick(bodyMethods), bodyBytes: random.whole(1, 2 * kib) })],
  [20, (random) => ({ method: random.pick(["DELETE", "HEAD", "OPTIONS"]) })],
  [80, (random) => ({ method: random.pick(anyMethod), waitMs: random.whole(5, 200) })],
  [30, (random) => ({ method: random.pick(bodyMethods), bodyBytes: random.whole(8 * kib, 60 * kib), waitMs: 20 })],
  [
    40,
    (random) => ({
      answerBytes: random.whole(1, 100 * kib),
      parts: random.whole(2, 10),
      overMs: random.whole(10, 300),
      isChunked: random.chance(0.5),
    }),
  ],
  [
    30,
    (random) => ({
      client: "upload",
      method: random.pick(bodyMethods),
      bodyBytes: random.whole(4 * kib, 500 * kib),
      pieces: random.whole(2, 8),
      pieceMs: random.whole(1, 40),
      isChunked: random.chance(0.5),
    }),
  ],
  [20, (random) => ({ client: "pipelined", waitMs: random.whole(0, 20) })],
  [5, (random) => ({ client: "slow-reader", answerBytes: random.whole(512 * kib, 3 * 1024 * kib), parts: 4 })],
  [6, (random) => ({ client: "events", answerBytes: 2000, parts: 10, overMs: random.whole(200, 2000) })],
  [6, (random) => ({ client: "websocket", parts: random.whole(2, 10), overMs: random.whole(100, 1500) })],
  [40, (random) => ({ client: "http2", method: random.pick(anyMethod), waitMs: random.whole(0, 100) })],
  [
    30,
    (random) => ({
      client: "http2",
      method: random.pick(bodyMethods),
      bodyBytes: random.whole(1, 50 * kib),
      answerBytes: random.whole(1, 200 * kib),
      parts: random.whole(2, 5),
      overMs: random.whole(10, 100),
    }),
  ],
  [4, () => ({ client: "http2", waitMs: 200, abort: "dispatched" })],
  [10, () => ({ client: "single", abort: "at-once" })],
  [10, (random) => ({ client: "single", waitMs: 200, abort: "dispatched", method: random.pick(anyMethod) })],
  [5, () => ({ client: "upload", method: "POST", bodyBytes: 256 * kib, pieces: 8, pieceMs: 20, abort: "mid-upload" })],
  [5, () => ({ client: "single", answerBytes: 64 * kib, parts: 8, overMs: 300, abort: "mid-response" })],
];

/** Draws the next request of the load. */
export function drawRequest(random: Random, id: string, functions: readonly string[]): RequestPlan {
  let left = random.next() * 1000;
  for (const [perMille, shape] of shapes) {
    left -= perMille;
    if (left < 0) return { ...plain, ...shape(random), id, function: random.pick(functions) };
  }
  return { ...plain, id, function: random.pick(functions) };
}

/** A plain request that takes a while. */
export function slowRequest(id: string, functionName: string, waitMs: number): RequestPlan {
  return { ...plain, id, function: functionName, waitMs, client: "single" };
}

/** A request that kills the instance it gets to. */
export function deadlyRequest(
  id: string,
  functionName: string,
  die: NonNullable<RequestPlan["die"]>,
  method: string,
): RequestPlan {
  const hasBody = method === "POST" || method === "PUT" || die.at === "upload";
  const inParts = die.at === "head" || die.at === "body" || die.at === "last";
  return {
    ...plain,
    id,
    function: functionName,
    die,
    method,
    client: die.at === "upload" ? "upload" : "kept",
    // Of an upload in pieces the first arrives alone: the instance dies while the rest is still to come.
    ...(hasBody && { bodyBytes: 20_000, ...(die.at === "upload" && { pieces: 5, pieceMs: 10 }) }),
    ...(inParts && { answerBytes: 50_000, parts: 6, overMs: 60 }),
  };
}

/** What is written in the request line of a plan. */
export function targetOf(plan: RequestPlan): string {
  const query = new URLSearchParams({ n: String(plan.answerBytes) });
  if (plan.waitMs > 0) query.set("wait", String(plan.waitMs));
  if (plan.parts > 1) query.set("parts", String(plan.parts));
  if (plan.overMs > 0) query.set("over", String(plan.overMs));
  if (plan.isChunked) query.set("chunked", "");
  if (plan.client === "events") query.set("sse", "");
  if (plan.die !== null) {
    query.set("die", plan.die.at);
    query.set("how", plan.die.how);
    if (plan.die.every) query.set("every", "");
  }
  return `/${plan.function}/${plan.id}?${query}`;
}
