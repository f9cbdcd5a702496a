/**
 * starting -> ready -> draining -> stopped, and failed from any. A frozen one is beside ready: it uses no processor time, and
 * is ready again within a millisecond when a request comes.
 */
export type InstanceState = "starting" | "ready" | "frozen" | "draining" | "stopped" | "failed";

/** How an instance came to be: forked from its function's template, or as a process that loaded the app itself. */
export type InstanceStart = "fork" | "process";

/** One instance as `tidegate ps` shows it. */
export interface InstanceInfo {
  readonly function: string;
  readonly revision: string;
  readonly instance: string;
  readonly state: InstanceState;
  /** Process id; null before the process exists. */
  readonly pid: number | null;
  /** How it was started; "process" before that is known. */
  readonly start: InstanceStart;
  /** Invocations in flight. */
  readonly inFlight: number;
  /** Invocations it has answered. */
  readonly requests: number;
  /** Since its start, in milliseconds. */
  readonly ageMs: number;
  /** Resident memory of its processes, in bytes; null when not known (yet). */
  readonly memoryBytes: number | null;
  /** Part of that which is its own: not shared with the template it was forked from; null when not known (yet). */
  readonly ownBytes: number | null;
  /** Processor time it used lately, in processors: 0.5 is half of one; null when not known (yet). */
  readonly cpu: number | null;
}
