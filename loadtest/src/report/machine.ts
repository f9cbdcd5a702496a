import { cpus, release, totalmem, type } from "node:os";

/** Where and when a result was measured. */
export interface Machine {
  /** Node's version, such as `v24.1.0`. */
  readonly node: string;
  /** Model and number of processors. */
  readonly cpus: string;
  /** Kernel and memory, such as `Linux 6.12.8, 16 GB`. */
  readonly system: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** The machine this runs on, at this moment. */
export function describeMachine(): Machine {
  const processors = cpus();
  const model = processors[0]?.model ?? "unknown";
  return {
    node: process.version,
    cpus: `${processors.length} x ${model}`,
    system: `${type()} ${release()}, ${Math.round(totalmem() / 1e9)} GB`,
    startedAt: new Date().toISOString(),
  };
}
