import type { InstanceInfo } from "@tidegate/core";
import { adminDir, askHosts, type HostReport } from "@tidegate/host";
import { exitCode } from "../errors.ts";
import type { Io } from "../io.ts";
import type { Command } from "./command.ts";

/** `tidegate ps`. */
export const ps: Command = {
  usage: "[--json]",
  description: "Lists the instances of all hosts that this user runs on this machine, and hosts that have none now.",
  options: {
    json: {
      kind: "flag",
      description:
        "Print an array of { function, revision, instance, state, pid, start, inFlight, requests, ageMs, memoryBytes, cpu }",
    },
  },
  examples: [
    ["tidegate ps", "A table of instances, then a line for each host without any"],
    ["tidegate ps --json", "The same for a script; [] when there are none"],
  ],
  exitCodes: [
    [exitCode.ok, "Listed, also when there are none"],
    [exitCode.failed, "A host did not answer, or the folder of their sockets belongs to another user"],
    [exitCode.usage, "Wrong command line"],
  ],
  maxPositionals: 0,
  takesRest: false,
  run: async (args, io) => {
    const reports = await askHosts(adminDir(io.env));
    const instances = reports.flatMap((report) => (report.ok ? report.instances : []));
    if (args.options.has("json")) io.stdout.write(`${JSON.stringify(instances.map(publicFields), null, 2)}\n`);
    else io.stdout.write((instances.length > 0 ? formatInstances(instances) : "No instances\n") + idleHosts(reports));
    return tellSilent(reports, io) ? exitCode.failed : exitCode.ok;
  },
};

/**
 * Puts instances into a table, columns as wide as they need.
 *
 * @returns lines, each with its line end
 */
export function formatInstances(instances: readonly InstanceInfo[]): string {
  const rows = [
    ["FUNCTION", "REVISION", "INSTANCE", "STATE", "PID", "IN FLIGHT", "REQUESTS", "AGE", "MEMORY", "CPU"],
    ...instances.map((row) => [
      row.function,
      row.revision,
      row.instance,
      row.state,
      String(row.pid ?? "-"),
      String(row.inFlight),
      String(row.requests),
      age(row.ageMs),
      row.memoryBytes === null ? "-" : `${Math.round(row.memoryBytes / 1_048_576)} MB`,
      row.cpu === null ? "-" : `${Math.round(row.cpu * 100)} %`,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** What scripts may rely on, in this order; a newer host may say more. */
function publicFields(info: InstanceInfo): InstanceInfo {
  const { function: name, revision, instance, state, pid, start, inFlight, requests, ageMs, memoryBytes, cpu } = info;
  return { function: name, revision, instance, state, pid, start, inFlight, requests, ageMs, memoryBytes, cpu };
}

/** In the largest unit there is one of: `45s`, `12m`, `5h`, `3d`. */
function age(ms: number): string {
  const [size, unit] = ageUnits.find(([unitMs]) => ms >= unitMs) ?? [1_000, "s"];
  return `${Math.floor(ms / size)}${unit}`;
}

const ageUnits = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
] as const;

/** A line for each host that has no instance to stand for it. */
function idleHosts(reports: readonly HostReport[]): string {
  return reports
    .filter((report) => report.ok)
    .filter(({ instances }) => instances.length === 0)
    .map(({ host }) => `Host at ${host.url} (pid ${host.pid}) waits for requests with 0 instances\n`)
    .join("");
}

function tellSilent(reports: readonly HostReport[], io: Io): boolean {
  const silent = reports.filter((report) => !report.ok);
  for (const { socketPath, reason } of silent)
    io.stderr.write(`tidegate: Cannot ask host at "${socketPath}": ${reason}\n`);
  return silent.length > 0;
}
