import { readlinkSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isProcessIdExported } from "../effects/harmless-callers.ts";

/** Node reads the number once, at its start: a child would go on with its template's. */
export function repairProcessId(): void {
  const value = Number(readlinkSync("/proc/self"));
  Object.defineProperty(process, "pid", { value, writable: false, enumerable: true, configurable: true });
  // Only then: it writes what all ES modules import of Node, in pages that children share until then.
  if (isProcessIdExported()) syncBuiltinESMExports();
}
