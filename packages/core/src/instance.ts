/** starting -> ready -> draining -> stopped, and failed from any. */
export type InstanceState = "starting" | "ready" | "draining" | "stopped" | "failed";

/** One instance as `tidegate ps` shows it. */
export interface InstanceInfo {
  readonly function: string;
  readonly revision: string;
  readonly instance: string;
  readonly state: InstanceState;
  /** Process id; null before the process exists. */
  readonly pid: number | null;
  /** Invocations in flight. */
  readonly inFlight: number;
}
