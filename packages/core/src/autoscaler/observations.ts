import type { PanicState } from "./panic.ts";
import type { ScaleDownState } from "./scale-down.ts";

/** What a function looks like when a decision is due. */
export interface Observations {
  /** Invocations running now. */
  readonly inFlight: number;
  /** Invocations waiting for an instance now. */
  readonly queued: number;
  /** Instances that take invocations now. */
  readonly ready: number;
  /** Instances on their way to ready. */
  readonly starting: number;
  /** Mean of `inFlight + queued` over the stable window. */
  readonly stableAverage: number;
  /** Mean of `inFlight + queued` over the panic window. */
  readonly panicAverage: number;
  /** When the last invocation arrived or finished, in milliseconds; null before the first. */
  readonly lastActiveAt: number | null;
  /** What the previous decision returned; null before the first. */
  readonly panic: PanicState | null;
  /** What the previous decision returned; null before the first. */
  readonly scaleDown: ScaleDownState | null;
}
