/** Why a decision asks for the number of instances it asks for. Codes are stable. */
export type Reason =
  /** Invocations waiting or running now need it. */
  | { readonly code: "arrivals"; readonly load: number; readonly concurrency: number }
  /** The mean of the stable window needs it, at target utilization. */
  | { readonly code: "stable"; readonly average: number; readonly target: number }
  /** A burst: the most wanted since panic began is held. */
  | { readonly code: "panic"; readonly average: number; readonly target: number; readonly held: number }
  /** More was wanted a short while ago. */
  | { readonly code: "scale-down-delay"; readonly held: number; readonly wantedMsAgo: number }
  /** Fewer would do, but instances stop step by step. */
  | { readonly code: "scale-down-rate"; readonly from: number; readonly rate: number }
  /** Averages want more, but it may grow only so fast. */
  | { readonly code: "scale-up-rate"; readonly wanted: number; readonly ready: number; readonly rate: number }
  /** No load now; the last instance stays until the idle timeout. */
  | { readonly code: "last"; readonly idleMs: number; readonly idleTimeoutMs: number }
  /** Nothing ran for the idle timeout, or ever (`idleMs` null). */
  | { readonly code: "idle"; readonly idleMs: number | null; readonly minInstances: number }
  /** No fewer than configured. */
  | { readonly code: "min"; readonly minInstances: number }
  /** No more than configured. */
  | { readonly code: "max"; readonly wanted: number; readonly maxInstances: number };

export type ReasonCode = Reason["code"];

/**
 * Puts a reason into a sentence with its numbers. Apart from the decision, which runs per request and mostly changes
 * nothing: only who shows a reason pays for the words.
 *
 * @example
 * describeReason({ code: "arrivals", load: 25, concurrency: 10 });
 * // "25 invocations waiting or running, 10 fit one instance"
 */
export function describeReason(reason: Reason): string {
  switch (reason.code) {
    case "arrivals":
      return `${count(reason.load, "invocation")} waiting or running, ${reason.concurrency} fit one instance`;
    case "stable":
      return `concurrency averages ${number(reason.average)} over the stable window, target ${number(reason.target)} per instance`;
    case "panic":
      return `burst: concurrency averages ${number(reason.average)} over the panic window, target ${number(reason.target)} per instance; holding ${reason.held}`;
    case "scale-down-delay":
      return `${count(reason.held, "instance")} wanted ${seconds(reason.wantedMsAgo)} ago; waiting before stopping any`;
    case "scale-down-rate":
      return `fewer are enough, but of ${count(reason.from, "instance")} at least 1 in ${number(reason.rate)} stays for now`;
    case "scale-up-rate":
      return `averages want ${count(reason.wanted, "instance")}, but ${reason.ready} ready may grow at most ${number(reason.rate)} times at once`;
    case "last":
      return `no invocation for ${seconds(reason.idleMs)}; the last instance stays until ${seconds(reason.idleTimeoutMs)}`;
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

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
