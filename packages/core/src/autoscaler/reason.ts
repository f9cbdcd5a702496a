import type { MetricReadings } from "./observations.ts";

/** Why a decision asks for the number of instances it asks for. Codes are stable. */
export type Reason =
  /** Invocations wait, and new instances are expected to serve them sooner than those there are. */
  | { readonly code: "arrivals"; readonly queued: number; readonly waitMs: number; readonly startMs: number }
  /** So many invocations are expected to run at once by the time a new instance would be ready. */
  | { readonly code: "forecast"; readonly expected: number; readonly concurrency: number }
  /** It was busy this long ago; starting anew costs more than keeping what there is for as long. */
  | { readonly code: "keep"; readonly held: number; readonly wantedMsAgo: number; readonly keepMs: number }
  /** By its own rhythm the next invocations are due soon. */
  | { readonly code: "prewarm"; readonly expectedInMs: number; readonly instances: number }
  /** The mean of the stable window needs it, at target utilization. */
  | { readonly code: "stable"; readonly average: number; readonly target: number }
  /** A burst: the most wanted since panic began is held. */
  | { readonly code: "panic"; readonly average: number; readonly target: number; readonly held: number }
  /** More was wanted a short while ago. */
  | { readonly code: "scale-down-delay"; readonly held: number; readonly wantedMsAgo: number }
  /** Fewer would do, but instances stop step by step. */
  | { readonly code: "scale-down-rate"; readonly from: number; readonly rate: number }
  /** More are wanted, but it may grow only so fast. */
  | { readonly code: "scale-up-rate"; readonly wanted: number; readonly ready: number; readonly rate: number }
  /** The mean of a metric is above what is aimed at. */
  | {
      readonly code: "metric";
      readonly metric: keyof MetricReadings;
      readonly mean: number;
      readonly target: number;
      readonly ready: number;
    }
  /** No load now; the last instance stays for a while. */
  | { readonly code: "last"; readonly idleMs: number; readonly keepMs: number }
  /** Nothing ran for a while, or ever (`idleMs` null). */
  | { readonly code: "idle"; readonly idleMs: number | null; readonly minInstances: number }
  /** No fewer than configured. */
  | { readonly code: "min"; readonly minInstances: number }
  /** No more than configured. */
  | { readonly code: "max"; readonly wanted: number; readonly maxInstances: number };

export type ReasonCode = Reason["code"];

/**
 * Puts a reason into a sentence with its numbers. Apart from the decision, which is often made and mostly changes
 * nothing: only who shows a reason pays for the words.
 *
 * @example
 * describeReason({ code: "forecast", expected: 24.6, concurrency: 10 });
 * // "up to 24.6 invocations expected at once, 10 fit one instance"
 */
export function describeReason(reason: Reason): string {
  switch (reason.code) {
    case "arrivals":
      return `${count(reason.queued, "invocation")} waiting, for ${seconds(reason.waitMs)} by the instances there are; a start takes ${seconds(reason.startMs)}`;
    case "forecast":
      return `up to ${number(reason.expected)} invocations expected at once, ${reason.concurrency} fit one instance`;
    case "keep":
      return `${count(reason.held, "instance")} wanted ${seconds(reason.wantedMsAgo)} ago; kept for ${seconds(reason.keepMs)}, as starting anew would cost more`;
    case "prewarm":
      return `${count(reason.instances, "instance")} for invocations that are due in ${seconds(reason.expectedInMs)} by their rhythm`;
    case "stable":
      return `concurrency averages ${number(reason.average)} over the stable window, target ${number(reason.target)} per instance`;
    case "panic":
      return `burst: concurrency averages ${number(reason.average)} over the panic window, target ${number(reason.target)} per instance; holding ${reason.held}`;
    case "scale-down-delay":
      return `${count(reason.held, "instance")} wanted ${seconds(reason.wantedMsAgo)} ago; waiting before stopping any`;
    case "scale-down-rate":
      return `fewer are enough, but of ${count(reason.from, "instance")} at least 1 in ${number(reason.rate)} stays for now`;
    case "scale-up-rate":
      return `${count(reason.wanted, "instance")} wanted, but ${reason.ready} ready may grow at most ${number(reason.rate)} times at once`;
    case "metric":
      return `${metricNames[reason.metric]} averages ${metricValue(reason.metric, reason.mean)} over ${count(reason.ready, "instance")}, ${metricValue(reason.metric, reason.target)} aimed at`;
    case "last":
      return reason.keepMs === Infinity
        ? "the last instance stays"
        : `no invocation for ${seconds(reason.idleMs)}; the last instance stays until ${seconds(reason.keepMs)}`;
    case "idle":
      return reason.idleMs === null
        ? `no invocation yet; keeping the minimum of ${reason.minInstances}`
        : `no invocation for ${seconds(reason.idleMs)}; keeping the minimum of ${reason.minInstances}`;
    case "min":
      return `minimum of ${count(reason.minInstances, "instance")}`;
    case "max":
      return `${count(reason.wanted, "instance")} wanted, maximum is ${reason.maxInstances}`;
  }
}

const metricNames: Record<keyof MetricReadings, string> = {
  cpu: "processor time",
  memoryBytes: "memory",
  eventLoopDelayMs: "event-loop delay",
};

function metricValue(metric: keyof MetricReadings, value: number): string {
  if (metric === "cpu") return `${number(value * 100)} %`;
  return metric === "memoryBytes" ? `${number(value / 2 ** 20)} MiB` : `${number(value)} ms`;
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function seconds(ms: number): string {
  return ms < 950 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
