import type { StartMode } from "@tidegate/core";

/**
 * How an instance is started: forked now; forked from a template that is loading already ("wait") or is begun for it
 * ("build"); as a plain process; or not at all ("refuse").
 */
export type StartWay = "fork" | "wait" | "build" | "process" | "refuse";

/** What matters for one start. */
export interface StartSituation {
  readonly mode: StartMode;
  /** Whether this revision can be forked, as far as is known: system, entry, flags, and what came of earlier tries. */
  readonly isForkable: boolean;
  /** Whether a template is there, on its way, or neither. */
  readonly template: "none" | "loading" | "parked";
  /** Whether one would be kept: what templates may use together has room for it. */
  readonly fits: boolean;
  /** Whether one may be begun now: there is memory for it, and none was lost a moment ago. */
  readonly mayBuild: boolean;
  /** Whether requests wait for this start. */
  readonly isAwaited: boolean;
  /** Whether another instance of this revision loads the app by itself just now. */
  readonly isBeside: boolean;
  /** Whether this start has waited for a template already, and in vain. */
  readonly hasWaited: boolean;
}

/**
 * Decides how an instance is started. The first row that fits holds:
 *
 * | start   | can fork | template | else                                                      | way     |
 * |---------|----------|----------|-----------------------------------------------------------|---------|
 * | process |          |          |                                                           | process |
 * | fork    | no       |          |                                                           | refuse  |
 * | auto    | no       |          |                                                           | process |
 * |         |          | parked   |                                                           | fork    |
 * | auto    |          |          | it has waited for a template in vain                      | process |
 * | fork    |          | none     | it has waited for a template in vain                      | refuse  |
 * |         |          | loading  |                                                           | wait    |
 * | fork    |          | none     | one would be dropped the moment it is there               | refuse  |
 * | fork    |          | none     |                                                           | build   |
 * | auto    |          | none     | no template may be begun                                  | process |
 * | auto    |          | none     | requests wait, and no other instance starts as a process  | process |
 * | auto    |          | none     |                                                           | build   |
 *
 * A template that loads began before a process would: waiting for it is no loss. Where none does, a request must not wait for
 * what is only about to begin, as a template takes a little longer than a process; but whatever is started beside that
 * process, or for nobody in particular, is sooner ready by way of a template, and smaller for the rest of its life.
 */
export function decideStart(seen: StartSituation): StartWay {
  const { mode, isForkable, template, fits, mayBuild, isAwaited, isBeside, hasWaited } = seen;
  if (mode === "process") return "process";
  if (!isForkable) return mode === "fork" ? "refuse" : "process";
  if (template === "parked") return "fork";
  if (hasWaited && mode === "auto") return "process";
  if (template === "loading") return "wait";
  if (mode === "fork") return hasWaited || !fits ? "refuse" : "build";
  if (!mayBuild) return "process";
  return isAwaited && !isBeside ? "process" : "build";
}
