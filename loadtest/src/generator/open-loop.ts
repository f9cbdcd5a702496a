import type { Random } from "../statistics/random.ts";
import { type Address, type AnswerReceiver, HttpConnection } from "./http-connection.ts";

export interface ArrivalOptions {
  readonly random: Random;
  /** Requests per second on average, at a time in milliseconds since the start. */
  readonly perSecond: (atMs: number) => number;
  readonly seconds: number;
  /** Whether to go on after `seconds`, at a time in milliseconds since the start. Default: never. */
  readonly goesOn?: (atMs: number) => boolean;
  /** A request is due. `dueAt`: when, on the clock of `performance.now()`. */
  readonly onArrival: (dueAt: number) => void;
  /** Told each full second. */
  readonly onSecond?: (second: number) => void;
}

/**
 * Lets requests come as they do from many clients that know nothing of each other: at times of a Poisson process, and
 * whether earlier ones are answered or not (a closed loop waits with the server, and so never sees how long others would
 * have had to).
 *
 * @returns how late a request was let go at most, in milliseconds: with more than a few this process is too slow
 */
export async function arrivals(options: ArrivalOptions): Promise<number> {
  const { random, perSecond, seconds, goesOn, onArrival, onSecond } = options;
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  let dueAt = startedAt + random.gapMs(perSecond(0));
  let lateMs = 0;
  let second = 0;
  while (dueAt < endAt || goesOn?.(dueAt - startedAt)) {
    const now = performance.now();
    if (dueAt > now) {
      await new Promise((resolve) => setTimeout(resolve, dueAt - now));
    } else {
      lateMs = Math.max(lateMs, now - dueAt);
      onArrival(dueAt);
      dueAt += random.gapMs(perSecond(dueAt - startedAt));
    }
    while (dueAt - startedAt >= (second + 1) * 1000) {
      second++;
      onSecond?.(second);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, endAt - performance.now())));
  return lateMs;
}

export interface OpenLoopOptions {
  readonly address: Address;
  readonly path: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly random: Random;
  /** After the last arrival, responses are waited for this long, in milliseconds. Default 10000. */
  readonly graceMs?: number;
}

export interface OpenLoopResult {
  readonly sent: number;
  /** Requests without a response, or with one outside 2xx. */
  readonly failed: number;
  /** From the moment a request was due until its response was whole, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** How late a request was let go at most, in milliseconds. */
  readonly lateMs: number;
}

/** Sends `GET path` at a steady rate over as many kept connections as that takes. */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { address, path, perSecond, seconds, random, graceMs = 10_000 } = options;
  const idle: HttpConnection[] = [];
  const all = new Set<HttpConnection>();
  const head = `GET ${path} HTTP/1.1\r\nHost: ${address.host}\r\n\r\n`;
  const latenciesMs: number[] = [];
  let sent = 0;
  let failed = 0;
  let pending = 0;
  const connection = (): HttpConnection => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) if (last.isOpen) return last;
    const made = new HttpConnection(address, (free) => idle.push(free));
    made.socket.once("close", () => all.delete(made));
    all.add(made);
    return made;
  };
  const lateMs = await arrivals({
    random,
    perSecond: () => perSecond,
    seconds,
    onArrival: (dueAt) => {
      sent++;
      pending++;
      connection().send(
        head,
        receiver((isGood) => {
          pending--;
          if (isGood) latenciesMs.push(performance.now() - dueAt);
          else failed++;
        }),
      );
    },
  });
  const until = performance.now() + graceMs;
  while (pending > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  failed += pending;
  for (const each of all) each.destroy();
  return { sent, failed, latenciesMs, lateMs };
}

function receiver(onOver: (isGood: boolean) => void): AnswerReceiver {
  let status = 0;
  return {
    method: "GET",
    onHead: (head) => {
      status = head.status;
    },
    onBody: () => {},
    onEnd: () => onOver(status >= 200 && status < 300),
    onBroken: () => onOver(false),
  };
}
