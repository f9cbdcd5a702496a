import type { FunctionOptions, Host, HostEvent } from "@tidegate/host";
import { parseWholeNumber } from "../arguments/option-value.ts";
import { usageError } from "../errors.ts";

/** Port of Node's inspector when none is given. */
export const defaultInspectPort = 9229;

/**
 * Makes an instance of a function debuggable: Node's inspector on a port of this machine, and one instance at most, as
 * only one can have the port. It is a process of its own: an inspector does not outlive a fork.
 *
 * @param functions functions to be served
 * @param value what `--inspect` was given; "" for the default port
 * @throws TIDEGATE_USAGE when it is not one function for Node, or the port is none
 */
export function withInspector(functions: readonly FunctionOptions[], value: string): FunctionOptions {
  const [only, ...others] = functions;
  if (only === undefined || others.length > 0) throw usageError("Cannot debug several functions: name one ENTRY");
  if (only.entry.kind !== "node") {
    throw usageError('Cannot apply "--inspect" to a command: pass the flag of its own debugger');
  }
  const port = value === "" ? defaultInspectPort : parseWholeNumber(value, 'option "--inspect"', 1, 65_535);
  const nodeArgs = [...(only.entry.nodeArgs ?? []), `--inspect=127.0.0.1:${port}`];
  const scaling = { ...only.scaling, minInstances: Math.min(only.scaling?.minInstances ?? 0, 1), maxInstances: 1 };
  return { ...only, entry: { ...only.entry, nodeArgs }, start: "process", scaling };
}

/**
 * Hands the inspector's port on. While a revision replaces another, two instances run and the new one finds the port
 * taken; Node goes on without the inspector then, and opens it on SIGUSR1.
 *
 * @param event what happened in the host
 */
export function handInspectorOn(event: HostEvent, host: Host): void {
  if (event.type !== "instance" || (event.state !== "stopped" && event.state !== "failed")) return;
  for (const { pid, state } of host.instances()) {
    if (pid === null || state !== "ready") continue;
    try {
      process.kill(pid, "SIGUSR1");
    } catch {
      // It ended meanwhile.
    }
  }
}
