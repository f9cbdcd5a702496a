import { cpus } from "node:os";

/** Where and when a result was measured. */
export interface Machine {
  /** Node's version, such as `v24.1.0`. */
  readonly node: string;
  /** Model and number of processors. */
  readonly cpus: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** The machine this runs on, at this moment. */
export function describeMachine(): Machine {
  const processors = cpus();
  const model = processors[0]?.model ?? "unknown";
  return { node: process.version, cpus: `${processors.length} x ${model}`, startedAt: new Date().toISOString() };
}
