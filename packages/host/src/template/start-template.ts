import type { FunctionConfig } from "@tidegate/core";
import { loadForking } from "@tidegate/fork";
import type { InstanceGroups } from "../cgroup/instance-groups.ts";
import { Template } from "./template.ts";

/** Why nothing can be forked on this system; null when it can. */
export function whyUnavailable(): string | null {
  const loaded = loadForking();
  return "unavailable" in loaded ? loaded.unavailable : null;
}

/**
 * Starts to load the app of a function in a process from which instances can be forked.
 *
 * @param publicPort port of the gateway
 * @param groups where its instances get control groups; null: they get none
 */
export function startTemplate(
  fn: FunctionConfig,
  revision: string,
  publicPort: number,
  groups: InstanceGroups | null,
): Template {
  const loaded = loadForking();
  if ("unavailable" in loaded)
    throw new Error(`Cannot load a template of function "${fn.name}": ${loaded.unavailable}`);
  return Template.start({ function: fn, revision, publicPort, groups, forking: loaded.forking });
}
