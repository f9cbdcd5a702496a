import { readlinkSync } from "node:fs";

/** Node reads the number once, at its start: a child would go on with its template's. */
export function repairProcessId(): void {
  const value = Number(readlinkSync("/proc/self"));
  Object.defineProperty(process, "pid", { value, writable: false, enumerable: true, configurable: true });
}
