import { readlinkSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isProcessIdExported } from "../effects/harmless-callers.ts";

// Node's own: in a template it may stand for another.
const readLink = readlinkSync;

/** The number of this process, whatever `process.pid` says. */
export function ownProcessId(): number {
  return Number(readLink("/proc/self"));
}

/** Node reads the number once, at its start: a child would go on with its template's. */
export function repairProcessId(): void {
  const value = ownProcessId();
  Object.defineProperty(process, "pid", { value, writable: false, enumerable: true, configurable: true });
  // Only then: it writes what all ES modules import of Node, in pages that children share until then.
  if (isProcessIdExported()) syncBuiltinESMExports();
}
