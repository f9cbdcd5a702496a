import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { generate } from "../generator/generate.ts";
import { Timeline } from "../generator/timeline.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { mostRunning, runningIn, type Sample, toSample } from "./sample.ts";
import type { Outcome, Plan, Totals } from "./scenario.ts";

const samplePauseMs = 250;
/** How much longer than the idle timeout the last instance may take to stop. */
const zeroGraceMs = 5_000;
const appFile: string = fileURLToPath(new URL("../apps/waiting.js", import.meta.url));

/** Runs the phases of a plan against a host of its own, and then waits for zero instances. */
export async function runScenario(plan: Plan, log: (line: string) => void): Promise<Outcome> {
  const { concurrency, scaling } = plan;
  const entry = { kind: "node", file: appFile } as const;
  const host = await startHostProcess([{ name: "app", entry, concurrency, scaling }]);
  try {
    return await observe(plan, host, log);
  } finally {
    await host.stop();
  }
}

async function observe(plan: Plan, host: HostProcess, log: (line: string) => void): Promise<Outcome> {
  const started = performance.now();
  const elapsedMs = () => performance.now() - started;
  const timeline = new Timeline();
  const samples: Sample[] = [];
  const takeSample = async () => {
    const snapshot = await host.snapshot();
    samples.push(toSample(elapsedMs() / 1000, snapshot));
    return snapshot;
  };

  const load = runPhases(plan, host.url, timeline, elapsedMs, log);
  const isDone = load.then(() => true);
  while (!(await Promise.race([isDone, pause(samplePauseMs, false)]))) await takeSample();
  const loadSeconds = elapsedMs() / 1000;

  log("waiting for zero instances");
  const until = elapsedMs() + (plan.scaling.idleTimeoutMs ?? 0) + zeroGraceMs;
  let last = await takeSample();
  while (last.instances.length > 0 && elapsedMs() < until) {
    await pause(samplePauseMs);
    last = await takeSample();
  }
  const { coldStarts, failed } = last.counters;
  const totals = totalsOf(timeline, samples, loadSeconds, coldStarts, failed);
  return { seconds: timeline.seconds(elapsedMs()), samples, totals };
}

async function runPhases(
  { phases }: Plan,
  url: string,
  timeline: Timeline,
  elapsedMs: () => number,
  log: (line: string) => void,
): Promise<void> {
  for (const [index, { seconds, connections }] of phases.entries()) {
    log(`phase ${index + 1}/${phases.length}: ${connections} connections for ${seconds.toFixed(1)} s`);
    if (connections === 0) {
      await pause(seconds * 1000);
      continue;
    }
    await generate({
      url,
      connections,
      seconds,
      onResponse: (_status, latencyMs) => timeline.record(elapsedMs(), latencyMs),
      onFailure: (count) => timeline.fail(elapsedMs(), count),
    });
  }
}

/** Failures are those the generator saw, or the host counted, if that is more. */
function totalsOf(
  timeline: Timeline,
  samples: readonly Sample[],
  loadSeconds: number,
  coldStarts: number,
  failedInHost: number,
): Totals {
  const spans = samples.map((sample, index) => runningIn(sample) * ((samples[index + 1]?.at ?? sample.at) - sample.at));
  const last = samples.at(-1);
  return {
    requests: timeline.requests,
    failed: Math.max(timeline.failed, failedInHost),
    perSecond: timeline.requests / loadSeconds,
    p50Ms: timeline.latency(0.5),
    p99Ms: timeline.latency(0.99),
    maxMs: timeline.latency(1),
    maxInstances: mostRunning(samples),
    instancesAtEnd: last === undefined ? 0 : runningIn(last),
    instanceSeconds: spans.reduce((sum, span) => sum + span, 0),
    coldStarts,
  };
}
