import type { InstanceInfo, TemplateInfo } from "@tidegate/core";
import { adminDir, askHosts, type HostReport } from "@tidegate/host";
import { exitCode } from "../errors.ts";
import { shownPlace } from "../explain/shown-place.ts";
import type { Command } from "./command.ts";
import { tellSilentHosts } from "./silent-hosts.ts";

/** An instance, and in short where its function's template forks: `server.js:14 listen`; null where it has none. */
export interface ListedInstance extends InstanceInfo {
  readonly forksAt: string | null;
}

/** `tidegate ps`. */
export const ps: Command = {
  usage: "[--json]",
  description: "Lists the instances of all hosts that this user runs on this machine, and hosts that have none now.",
  options: {
    json: {
      kind: "flag",
      description:
        "Print an array of { function, revision, instance, state, pid, start, forksAt, inFlight, requests, ageMs, memoryBytes, ownBytes, cpu }",
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
    const instances = reports.flatMap(listed);
    if (args.options.has("json")) io.stdout.write(`${JSON.stringify(instances.map(publicFields), null, 2)}\n`);
    else io.stdout.write((instances.length > 0 ? formatInstances(instances) : "No instances\n") + idleHosts(reports));
    return tellSilentHosts(reports, io) ? exitCode.failed : exitCode.ok;
  },
};

/**
 * Puts instances into a table, columns as wide as they need.
 *
 * @returns lines, each with its line end
 */
export function formatInstances(instances: readonly ListedInstance[]): string {
  const rows = [
    [
      "FUNCTION",
      "REVISION",
      "INSTANCE",
      "STATE",
      "PID",
      "START",
      "IN FLIGHT",
      "REQUESTS",
      "AGE",
      "MEMORY",
      "OWN",
      "CPU",
      "FORKS AT",
    ],
    ...instances.map((row) => [
      row.function,
      row.revision,
      row.instance,
      row.state,
      String(row.pid ?? "-"),
      row.start,
      String(row.inFlight),
      String(row.requests),
      age(row.ageMs),
      megabytes(row.memoryBytes),
      megabytes(row.ownBytes),
      row.cpu === null ? "-" : `${Math.round(row.cpu * 100)} %`,
      row.forksAt ?? "-",
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
function publicFields(info: ListedInstance): ListedInstance {
  const { function: name, revision, instance, state, pid, start, forksAt } = info;
  const { inFlight, requests, ageMs, memoryBytes, ownBytes, cpu } = info;
  const work = { inFlight, requests, ageMs, memoryBytes, ownBytes, cpu };
  return { function: name, revision, instance, state, pid, start, forksAt, ...work };
}

function listed(report: HostReport): ListedInstance[] {
  if (!report.ok) return [];
  return report.instances.map((info) => {
    // Instances of an old revision were not forked from the template there is now.
    const fn = report.functions.find(({ name, revision }) => name === info.function && revision === info.revision);
    return { ...info, forksAt: fn === undefined ? null : forksAt(fn.template, fn.config.cwd) };
  });
}

function forksAt({ state, point }: TemplateInfo, folder: string): string | null {
  if (state !== "parked" || point === null) return state === "none" ? null : state;
  return [...(point.place === null ? [] : [shownPlace(point.place, [folder])]), point.effect].join(" ");
}

function megabytes(bytes: number | null): string {
  return bytes === null ? "-" : `${Math.round(bytes / 1_048_576)} MB`;
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
