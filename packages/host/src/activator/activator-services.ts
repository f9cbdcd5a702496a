import type { HostErrorCode } from "../errors.ts";
import { type MemoryGate, openGate } from "../memory/memory-gate.ts";

/** What an activator uses of its host. */
export interface ActivatorServices {
  /** Told what the function's owner should know. */
  readonly onProblem: (code: HostErrorCode, message: string) => void;
  readonly memory: MemoryGate;
  /** Most instances that there may be. */
  readonly maxInstances: () => number;
}

/** Those of an activator by itself. */
export const noServices: ActivatorServices = {
  onProblem: () => {},
  memory: openGate,
  maxInstances: () => Number.POSITIVE_INFINITY,
};
