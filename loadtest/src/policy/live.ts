import { setTimeout as pause } from "node:timers/promises";
import { createRandom, type PolicyName, type SimulatedInvocation, simulate } from "@tidegate/core";
import { addressOf, HttpConnection } from "../generator/http-connection.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { startPolicyHost } from "./policy-host.ts";
import { liveConfig } from "./workload.ts";

/** Instances that are started to see how long a start takes. */
const measuredStarts = 12;
const measureMs = 60_000;
/** After the last request all instances are to be gone within this time, in milliseconds. */
const emptyMs = 240_000;
/** Measured start times are drawn at random: so many simulations, the median of which counts. */
const predictions = 9;

export interface LiveOutcome {
  readonly invocations: number;
  readonly waitMeanMs: number;
  readonly waitP99Ms: number;
  readonly coldStarts: number;
  readonly starts: number;
  readonly instanceSeconds: number;
  readonly frozenSeconds: number;
}

export interface LiveRun {
  readonly policy: PolicyName;
  readonly live: LiveOutcome;
  readonly simulated: LiveOutcome;
  /** How long each start took, in milliseconds. */
  readonly startsMs: readonly number[];
  readonly failed: number;
  /** How late a request was sent at most, in milliseconds. */
  readonly lateMs: number;
}

/** Measures how long instances of the bench's app take to start, as many at once as a host starts, in milliseconds. */
export async function measureStarts(): Promise<readonly number[]> {
  const config = { ...liveConfig("tide"), minInstances: measuredStarts, maxInstances: measuredStarts, freeze: false };
  const host = await startPolicyHost(config);
  try {
    const { startsMs } = await host.reportWhen(({ startsMs: all }) => all.length >= measuredStarts, measureMs);
    // The first fills the cache of compiled code.
    return startsMs.slice(1);
  } finally {
    await host.stop();
  }
}

/** Replays the trace against a host, and in the simulator with the start times that this very host had. */
export async function replayLive(
  policy: PolicyName,
  trace: readonly SimulatedInvocation[],
  startsAtOnce: number,
): Promise<LiveRun> {
  const host = await startPolicyHost(liveConfig(policy));
  try {
    const lateMs = await send(host.url, trace);
    const { instanceSeconds, frozenSeconds, starts, waitsMs, startsMs, coldStarts, failed } = await host.reportWhen(
      ({ instances, waitsMs: waits, failed: wrong }) => instances === 0 && waits.length + wrong >= trace.length,
      emptyMs,
    );
    const live = { ...waitsOf(waitsMs), coldStarts, starts, instanceSeconds, frozenSeconds };
    return { policy, live, simulated: predict(policy, trace, startsMs, startsAtOnce), startsMs, failed, lateMs };
  } finally {
    await host.stop();
  }
}

/** What the simulator says, the median of several draws of start times. */
function predict(
  policy: PolicyName,
  trace: readonly SimulatedInvocation[],
  startMs: readonly number[],
  startsAtOnce: number,
): LiveOutcome {
  const all = Array.from({ length: predictions }, (_, seed): LiveOutcome => {
    const random = createRandom(seed + 1);
    const { totals, waits } = simulate(liveConfig(policy), trace, { startMs, startsAtOnce, random });
    const { coldStarts, starts, instanceSeconds, frozenSeconds } = totals;
    return { ...waitsOf(waits), coldStarts, starts, instanceSeconds, frozenSeconds };
  });
  const of = (key: keyof LiveOutcome) => median(all.map((each) => each[key]));
  return {
    invocations: of("invocations"),
    waitMeanMs: of("waitMeanMs"),
    waitP99Ms: of("waitP99Ms"),
    coldStarts: of("coldStarts"),
    starts: of("starts"),
    instanceSeconds: of("instanceSeconds"),
    frozenSeconds: of("frozenSeconds"),
  };
}

function waitsOf(waits: Iterable<number>): Pick<LiveOutcome, "invocations" | "waitMeanMs" | "waitP99Ms"> {
  const all = Float64Array.from(waits);
  const sum = all.reduce((total, wait) => total + wait, 0);
  return { invocations: all.length, waitMeanMs: sum / Math.max(1, all.length), waitP99Ms: quantile(all, 0.99) };
}

/** Sends each invocation at its time, whether others are answered or not. Returns how late one was at most. */
async function send(url: string, trace: readonly SimulatedInvocation[]): Promise<number> {
  const address = addressOf(url);
  const idle: HttpConnection[] = [];
  const connection = (): HttpConnection => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) if (last.isOpen) return last;
    return new HttpConnection(address, (free) => idle.push(free));
  };
  const startedAt = performance.now();
  let lateMs = 0;
  for (const { at, serviceMs } of trace) {
    const dueAt = startedAt + at;
    for (let now = performance.now(); now < dueAt; now = performance.now()) await pause(dueAt - now);
    lateMs = Math.max(lateMs, performance.now() - dueAt);
    // Its host tells how it went.
    connection().send(`GET /${serviceMs} HTTP/1.1\r\nHost: ${address.host}\r\n\r\n`, {
      method: "GET",
      onHead: () => {},
      onBody: () => {},
      onEnd: () => {},
      onBroken: () => {},
    });
  }
  return lateMs;
}
