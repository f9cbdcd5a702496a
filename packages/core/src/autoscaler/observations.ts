/** Means over the instances of a function that take invocations; null each: not known. */
export interface MetricReadings {
  /** Processor time used, in processors: 0.7 is 70 % of one. */
  readonly cpu: number | null;
  /** Resident memory, in bytes. */
  readonly memoryBytes: number | null;
  /** How late the event loop is, in milliseconds. */
  readonly eventLoopDelayMs: number | null;
}

/** What a function looks like when a decision is due. What came before, its policy keeps itself (`LoadHistory`). */
export interface Observations {
  /** Invocations running now. */
  readonly inFlight: number;
  /** Invocations waiting for an instance now. */
  readonly queued: number;
  /** Instances that take invocations now. */
  readonly ready: number;
  /** Instances on their way to ready. */
  readonly starting: number;
  /** Instances that take invocations once they are thawed, which takes a millisecond. Not among `ready`. */
  readonly frozen: number;
  /** How long an instance takes from its start until it is ready, as measured, in milliseconds. */
  readonly startMs: number;
  /** null: not measured. */
  readonly metrics: MetricReadings | null;
}
