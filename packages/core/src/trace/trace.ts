import type { SimulatedInvocation } from "../autoscaler/traffic.ts";

/** Invocations of one function, in the order they arrived. */
export interface FunctionTrace {
  /** As the trace calls it. */
  readonly name: string;
  /** When each arrived, in milliseconds since the first one of the whole trace. */
  readonly at: Float64Array;
  /** How long an instance took for each, in milliseconds. */
  readonly serviceMs: Float64Array;
}

/** A trace as it was read: what arrived when, and how long it took. */
export interface Trace {
  /** By name. Each is simulated on its own. */
  readonly functions: readonly FunctionTrace[];
  readonly invocations: number;
  /** From the first arrival to the last, in milliseconds. */
  readonly durationMs: number;
  /** Invocations that never reached an instance: how long they would have taken nobody knows, so they are in no function. */
  readonly unserved: number;
}

/** The invocations of a function, for `simulate`. */
export function* traceInvocations({ at, serviceMs }: FunctionTrace): Generator<SimulatedInvocation> {
  for (let index = 0; index < at.length; index += 1) yield { at: at[index] ?? 0, serviceMs: serviceMs[index] ?? 0 };
}
