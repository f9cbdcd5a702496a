import type { HostReport } from "@tidegate/host";
import type { Io } from "../io.ts";

/**
 * Tells of hosts that did not answer.
 *
 * @returns whether there are any
 */
export function tellSilentHosts(reports: readonly HostReport[], io: Io): boolean {
  const silent = reports.filter((report) => !report.ok);
  for (const { socketPath, reason } of silent)
    io.stderr.write(`tidegate: Cannot ask host at "${socketPath}": ${reason}\n`);
  return silent.length > 0;
}
