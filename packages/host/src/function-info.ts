import type { InstanceState } from "@tidegate/core";
import type { FunctionInfo } from "./host-options.ts";
import type { ServedFunction } from "./served-function.ts";

/** What there is to tell of a function that is served. */
export function functionInfo(fn: ServedFunction): FunctionInfo {
  const instances: Partial<Record<InstanceState, number>> = {};
  for (const { state } of fn.infos()) instances[state] = (instances[state] ?? 0) + 1;
  return {
    name: fn.config.name,
    revision: fn.revision,
    config: { ...fn.config, env: Object.keys(fn.config.env) },
    scaling: fn.scaling,
    inFlight: fn.activator.inFlight,
    queued: fn.activator.queued,
    template: fn.template(),
    instances,
  };
}
