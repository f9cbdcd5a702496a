import type { FunctionConfig } from "@tidegate/core";
import { HostError } from "../errors.ts";
import { launchError } from "../launcher/launch-error.ts";
import type { Exit, Launched } from "../launcher/launcher.ts";

/** What came first: ready (null), the end of the process, or the timeout. */
export async function firstOf(launched: Launched, timeoutMs: number): Promise<Exit | "timeout" | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), timeoutMs);
  });
  const first = await Promise.race([launched.ready.then(() => null), launched.exited, timeout]);
  clearTimeout(timer);
  return first;
}

/**
 * Says why an instance did not get ready: TIDEGATE_INSTANCE_EXITED, TIDEGATE_INSTANCE_START_TIMEOUT,
 * TIDEGATE_INSTANCE_LAUNCH_FAILED.
 *
 * @param failure null when it was stopped meanwhile
 * @param lacks what kept it from being ready
 */
export function startFailure(
  instance: string,
  fn: FunctionConfig,
  failure: Exit | "timeout" | null,
  lacks: string,
): HostError {
  const where = `instance "${instance}" of function "${fn.name}"`;
  if (failure === "timeout") {
    return new HostError(
      "TIDEGATE_INSTANCE_START_TIMEOUT",
      `Cannot start ${where}: ${lacks} after ${fn.startTimeoutMs} ms`,
    );
  }
  if (failure?.cause) return launchError(instance, fn.name, failure.cause);
  const why = failure === null ? "it was stopped" : `${describeExit(failure)} before it listened`;
  return new HostError("TIDEGATE_INSTANCE_EXITED", `Cannot start ${where}: ${why}`);
}

/** Says how a process ended. */
export function describeExit({ code, signal, outOfMemory = false }: Exit): string {
  if (outOfMemory) return `ended by ${signal}: memory ran out, so Linux killed it`;
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}
