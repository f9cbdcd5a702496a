import { setTimeout as pause } from "node:timers/promises";
import { createRandom, type PolicyName, type SimulatedInvocation, simulate } from "@tidegate/core";
import { addressOf, HttpConnection } from "../generator/http-connection.ts";
import { quantile } from "../statistics/quantile.ts";
import { startPolicyHost } from "./policy-host.ts";
import { liveConfig } from "./workload.ts";

/** Instances that are started to see how long a start takes. */
const measuredStarts = 12;
const measureMs = 60_000;
/** Kept connections idle for longer are not used again, in milliseconds: the host closes them at some time, maybe just then. */
const staleMs = 2_500;
/** After the last request all instances are to be gone within this time, in milliseconds. */
const emptyMs = 240_000;
/** Simulations of a live run. */
const predictions = 20;

/** What all live runs of a policy came to, or the simulations of them. */
export interface LiveOutcome {
  readonly invocations: number;
  readonly waitMeanMs: number;
  readonly waitP99Ms: number;
  /** All below are of one run, on average. */
  readonly coldStarts: number;
  readonly starts: number;
  readonly instanceSeconds: number;
  readonly frozenSeconds: number;
}

/** One run, or one simulation of it. */
interface Run extends Omit<LiveOutcome, "invocations" | "waitMeanMs" | "waitP99Ms"> {
  readonly waitsMs: Iterable<number>;
}

interface LiveRun extends Run {
  readonly startsMs: readonly number[];
  readonly failed: number;
  /** How late a request was sent at most, in milliseconds. */
  readonly lateMs: number;
}

export interface LiveComparison {
  readonly policy: PolicyName;
  readonly live: LiveOutcome;
  readonly simulated: LiveOutcome;
  readonly failed: number;
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

/**
 * Replays the trace against a host of each policy, both at the same time, for several rounds; then in the simulator, with the
 * start times that these hosts had.
 */
export async function replayLive(
  policies: readonly PolicyName[],
  trace: readonly SimulatedInvocation[],
  { rounds, startsAtOnce }: { readonly rounds: number; readonly startsAtOnce: number },
): Promise<{ readonly startsMs: readonly number[]; readonly compared: readonly LiveComparison[] }> {
  const runs: LiveRun[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.push(await Promise.all(policies.map((policy) => runLive(policy, trace))));
  }
  const startsMs = runs.flat().flatMap((run) => run.startsMs);
  const compared = policies.map((policy, index): LiveComparison => {
    const own = runs.flatMap((round) => round[index] ?? []);
    return {
      policy,
      live: together(own),
      simulated: together(predict(policy, trace, startsMs, startsAtOnce)),
      failed: own.reduce((sum, { failed }) => sum + failed, 0),
      lateMs: Math.max(...own.map(({ lateMs }) => lateMs)),
    };
  });
  return { startsMs, compared };
}

async function runLive(policy: PolicyName, trace: readonly SimulatedInvocation[]): Promise<LiveRun> {
  const host = await startPolicyHost(liveConfig(policy));
  try {
    const lateMs = await send(host.url, trace);
    const report = await host.reportWhen(
      ({ instances, waitsMs, failed }) => instances === 0 && waitsMs.length + failed >= trace.length,
      emptyMs,
    );
    return { ...report, lateMs };
  } finally {
    await host.stop();
  }
}

/** What the simulator says: start times are drawn at random from measured ones, so it is asked more than once. */
function predict(
  policy: PolicyName,
  trace: readonly SimulatedInvocation[],
  startMs: readonly number[],
  startsAtOnce: number,
): Run[] {
  return Array.from({ length: predictions }, (_, seed): Run => {
    const random = createRandom(seed + 1);
    const { totals, waits } = simulate(liveConfig(policy), trace, { startMs, startsAtOnce, random });
    return { ...totals, waitsMs: waits };
  });
}

function together(runs: readonly Run[]): LiveOutcome {
  const waits = Float64Array.from(runs.flatMap(({ waitsMs }) => [...waitsMs]));
  const mean = (key: keyof Omit<Run, "waitsMs">) => runs.reduce((sum, run) => sum + run[key], 0) / runs.length;
  return {
    invocations: waits.length / runs.length,
    waitMeanMs: waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length),
    waitP99Ms: quantile(waits, 0.99),
    coldStarts: mean("coldStarts"),
    starts: mean("starts"),
    instanceSeconds: mean("instanceSeconds"),
    frozenSeconds: mean("frozenSeconds"),
  };
}

/** Sends each invocation at its time, whether others are answered or not. Returns how late one was at most. */
async function send(url: string, trace: readonly SimulatedInvocation[]): Promise<number> {
  const address = addressOf(url);
  const idle: HttpConnection[] = [];
  const connection = (): HttpConnection => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.isOpen && performance.now() - last.idleSince < staleMs) return last;
      last.destroy();
    }
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
