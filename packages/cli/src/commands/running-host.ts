import { adminDir, askHosts, HostError, type HostReport } from "@tidegate/host";
import type { Options } from "../arguments/option.ts";
import { wholeNumber } from "../arguments/option-value.ts";
import type { Arguments } from "../arguments/parse-arguments.ts";
import type { Io } from "../io.ts";

/** Options of commands for one running host. */
export const runningHostOptions: Options = {
  pid: { kind: "value", value: "N", description: "Process id of the host", default: "the only one there is" },
};

/** A host that answered. */
export type RunningHost = Extract<HostReport, { ok: true }>;

/**
 * Finds the host that a command is for: that of `--pid`, else the only one of this user.
 *
 * @throws TIDEGATE_HOST_NOT_FOUND, TIDEGATE_ADMIN_UNAVAILABLE
 */
export async function findRunningHost(args: Arguments, io: Io): Promise<RunningHost> {
  const pid = wholeNumber(args, "pid", 1, Number.MAX_SAFE_INTEGER);
  const reports = await askHosts(adminDir(io.env));
  const running = reports.filter((report) => report.ok);
  const found = pid === undefined ? running : running.filter(({ host }) => host.pid === pid);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const hosts = running.map(({ host }) => `${host.url} (pid ${host.pid})`).join(", ");
  const state = running.length === 0 ? "this user runs none" : `there are ${hosts}`;
  const which = pid === undefined ? "which host is meant" : `a host with pid ${pid}`;
  throw new HostError("TIDEGATE_HOST_NOT_FOUND", `Cannot tell ${which}: ${state}`);
}
