import { availableParallelism } from "node:os";
import type { PolicyName } from "@tidegate/core";
import type { RunOptions } from "../command.ts";
import { type LiveComparison, measureStarts, replayLive } from "../policy/live.ts";
import { type SimulatedOutcome, simulateWorkload, waitRatio } from "../policy/simulated.ts";
import { allWorkloads, liveTrace } from "../policy/workload.ts";
import { median, quantile } from "../statistics/quantile.ts";
import type { Bench, Measured, Rows } from "./bench.ts";

const defaults = { liveSeconds: 180, liveRounds: 2, seeds: 5 } as const;
const policies = ["tide", "kpa"] as const satisfies readonly PolicyName[];
/** A request that was sent later than this, in milliseconds, was not sent at its time. */
const mostLateMs = 100;

/** As the host starts them. */
const startsAtOnce = Math.max(2, availableParallelism());

interface Compared {
  readonly name: string;
  readonly tide: SimulatedOutcome;
  readonly kpa: SimulatedOutcome;
}

type Live = Awaited<ReturnType<typeof replayLive>>;

/** Waits and instance time of both policies on the same traffic, simulated, and the simulator against a live run. */
export const policyBench: Bench = {
  name: "policy",
  summary: "Waits and instance-seconds of tide and kpa, simulated, and the simulator against a live run.",
  ratioHeading: "ratio (tide / kpa, live / simulated)",
  async run(options) {
    const { row, log } = options;
    if (row !== null && row !== "simulated" && row !== "live") {
      throw new Error(`Cannot measure row "${row}": known are simulated, live`);
    }
    log(`measuring how long an instance takes to start, ${startsAtOnce} at once`);
    const startsMs = await measureStarts();
    const startMs = median(startsMs);
    log(`median of ${startsMs.length} starts: ${startMs.toFixed(0)} ms`);
    const compared = row === "live" ? [] : await compareSimulated(options, startMs);
    const live = row === "simulated" ? { startsMs: [], compared: [] } : await compareLive(options);
    return measured(compared, live, startsMs);
  },
};

async function compareSimulated({ rounds, log }: RunOptions, startMs: number): Promise<Compared[]> {
  const conditions = { startMs, startsAtOnce, seeds: rounds ?? defaults.seeds };
  return (await allWorkloads()).map((workload) => {
    const began = performance.now();
    const [tide, kpa] = [simulateWorkload(workload, "tide", conditions), simulateWorkload(workload, "kpa", conditions)];
    log(
      `simulated: ${workload.name}, ${tide.invocations} invocations twice in ${Math.round(performance.now() - began)} ms`,
    );
    return { name: workload.name, tide, kpa };
  });
}

async function compareLive({ seconds, log }: RunOptions): Promise<Live> {
  const trace = liveTrace(seconds ?? defaults.liveSeconds);
  log(
    `live: ${defaults.liveRounds} rounds of ${trace.length} invocations within ${seconds ?? defaults.liveSeconds} s, each until no instance is left`,
  );
  return replayLive(policies, trace, { rounds: defaults.liveRounds, startsAtOnce });
}

function measured(
  compared: readonly Compared[],
  { compared: runs, startsMs: liveStartsMs }: Live,
  startsMs: readonly number[],
): Measured {
  return {
    rows: compared.flatMap(({ name, ...outcomes }) =>
      policies.map((policy) => simulatedRow(name, policy, outcomes[policy])),
    ),
    tables: [
      ...(runs.length === 0 ? [] : [{ title: "A trace live, and in the simulator", rows: runs.flatMap(liveRows) }]),
      {
        title: "Start times measured live; simulations use the median, those of live runs the times of their run",
        rows: startRows(startsMs, liveStartsMs),
      },
    ],
    ratios: { ...simulatedRatios(compared), ...liveRatios(runs) },
    problems: runs.flatMap(({ policy, failed, lateMs }) => [
      ...(failed > 0 ? [`${failed} requests failed under ${policy}`] : []),
      ...(lateMs > mostLateMs ? [`a request was sent ${Math.round(lateMs)} ms late under ${policy}`] : []),
    ]),
  };
}

function simulatedRow(name: string, policy: PolicyName, outcome: SimulatedOutcome): Rows[number] {
  return {
    shape: name,
    policy,
    invocations: outcome.invocations,
    "wait mean ms": outcome.waitMeanMs,
    "p50 ms": outcome.waitP50Ms,
    "p99 ms": outcome.waitP99Ms,
    "max ms": outcome.waitMaxMs,
    "cold starts": outcome.coldStarts,
    starts: outcome.starts,
    "instance-s": outcome.instanceSeconds,
    "frozen s": outcome.frozenSeconds,
  };
}

function liveRows({ policy, live, simulated }: LiveComparison): Rows {
  return [live, simulated].map((outcome, index) => ({
    policy,
    run: index === 0 ? "live" : "simulated",
    invocations: outcome.invocations,
    "wait mean ms": outcome.waitMeanMs,
    "p99 ms": outcome.waitP99Ms,
    "cold starts": outcome.coldStarts,
    starts: outcome.starts,
    "instance-s": outcome.instanceSeconds,
    "frozen s": outcome.frozenSeconds,
  }));
}

function startRows(startsMs: readonly number[], liveStartsMs: readonly number[]): Rows {
  const row = (when: string, times: readonly number[]) => ({
    when,
    starts: times.length,
    "p50 ms": median(times),
    "p99 ms": quantile(times, 0.99),
  });
  return [row("before", startsMs), ...(liveStartsMs.length === 0 ? [] : [row("in live runs", liveStartsMs)])];
}

function simulatedRatios(compared: readonly Compared[]): Record<string, number> {
  if (compared.length === 0) return {};
  const waits = compared.map(({ name, tide, kpa }) => [name, waitRatio(tide.waitP99Ms, kpa.waitP99Ms)] as const);
  const seconds = compared.map(({ name, tide, kpa }) => [name, tide.instanceSeconds / kpa.instanceSeconds] as const);
  const sum = (policy: PolicyName) => compared.reduce((total, each) => total + each[policy].instanceSeconds, 0);
  return {
    wait_p99_vs_kpa: Math.max(...waits.map(([, ratio]) => ratio)),
    instance_seconds_vs_kpa: sum("tide") / sum("kpa"),
    ...Object.fromEntries(waits.map(([name, ratio]) => [`wait_p99_vs_kpa_${name}`, ratio])),
    ...Object.fromEntries(seconds.map(([name, ratio]) => [`instance_seconds_vs_kpa_${name}`, ratio])),
  };
}

/** Those of each policy, and of both the one that is farthest from 1. */
function liveRatios(runs: readonly LiveComparison[]): Record<string, number> {
  if (runs.length === 0) return {};
  const of = (name: string, ratio: (run: LiveComparison) => number): Record<string, number> => {
    const all = runs.map((run) => [run.policy, ratio(run)] as const);
    const farthest = all.toSorted(([, one], [, other]) => Math.abs(Math.log(other)) - Math.abs(Math.log(one)))[0];
    return {
      [name]: farthest?.[1] ?? 1,
      ...Object.fromEntries(all.map(([policy, value]) => [`${name}_${policy}`, value])),
    };
  };
  return {
    ...of(
      "live_vs_simulated_instance_seconds",
      ({ live, simulated }) => live.instanceSeconds / simulated.instanceSeconds,
    ),
    ...of("live_vs_simulated_wait_p99", ({ live, simulated }) => waitRatio(live.waitP99Ms, simulated.waitP99Ms)),
    ...of("live_vs_simulated_wait_mean", ({ live, simulated }) => waitRatio(live.waitMeanMs, simulated.waitMeanMs)),
  };
}
