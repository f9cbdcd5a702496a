import { type FunctionConfig, functionDefaults } from "@tidegate/core";
import type { FunctionOptions } from "./host-options.ts";

/** A function with all defaults, as its instances run. */
export function functionConfig({ scaling: _, ...given }: FunctionOptions): FunctionConfig {
  const { startTimeoutMs = functionDefaults.startTimeoutMs } = given;
  // Who waits for an instance must not be sent away while its start, which would tell why, still runs.
  const queueTimeoutMs = Math.max(functionDefaults.queueTimeoutMs, 2 * startTimeoutMs);
  return { cwd: process.cwd(), env: {}, routes: [{ path: "/" }], ...functionDefaults, queueTimeoutMs, ...given };
}
