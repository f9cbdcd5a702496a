import { formatTable } from "tidegate";
import { describeMachine, type Machine } from "../report/machine.ts";
import { quantile } from "../statistics/quantile.ts";
import type { ChaosOptions, ChaosRecord } from "./chaos-run.ts";
import type { Findings } from "./findings.ts";

/** What `loadtest/results/chaos.json` holds. */
export interface ChaosResult extends Machine {
  readonly name: "chaos";
  readonly seed: number;
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** How many requests ended in each way. */
  readonly endings: Readonly<Record<string, number>>;
  /** How many of each fault there were, and how the requests ended whose instance died of it. */
  readonly faults: readonly {
    readonly fault: string;
    readonly count: number;
    readonly endings: Readonly<Record<string, number>>;
  }[];
  readonly violations: number;
  readonly problems: readonly string[];
  /** Of requests that the app answered, in milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** `forked`: those of the started ones that were forked from a template. */
  readonly instances: {
    readonly started: number;
    readonly forked: number;
    readonly scaledUp: number;
    readonly scaledDown: number;
  };
  readonly host: {
    readonly descriptorsBefore: number | null;
    readonly descriptorsAfter: number | null;
    readonly residentMiBBefore: number | null;
    readonly residentMiBAfter: number | null;
    readonly residentMiBMost: number;
    readonly growthMiBPerMinute: number | null;
    /** Its heap after a collection, in the middle of the run and at its end. */
    readonly heapMiBEarly: number | null;
    readonly heapMiBLate: number | null;
  };
  readonly generatorLateMs: number;
}

const mebibytes = (bytes: number): number => bytes / 1024 / 1024;

/** Puts a run and what it means into numbers. */
export function resultOf({ seed }: ChaosOptions, record: ChaosRecord, findings: Findings): ChaosResult {
  const { before, after, memory, host, faults, kinds } = record;
  const latencies = record.sent
    .filter(({ outcome }) => outcome.pid !== null)
    .map(({ outcome }) => outcome.endedAt - outcome.sentAt);
  const { growthPerMinute } = memory;
  return {
    name: "chaos",
    ...describeMachine(),
    seed,
    seconds: record.loadMs / 1000,
    requests: record.sent.length,
    requestsPerSecond: (record.sent.length * 1000) / record.loadMs,
    endings: Object.fromEntries([...findings.endings].sort((a, b) => b[1] - a[1])),
    faults: kinds.map((kind) => ({
      fault: kind,
      count: faults.filter((fault) => fault.kind === kind).length,
      endings: Object.fromEntries(findings.byFault.get(kind) ?? []),
    })),
    violations: findings.violations.length,
    problems: findings.problems,
    latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), max: quantile(latencies, 1) },
    instances: {
      started: host.log.instances.size,
      forked: host.log.forked,
      scaledUp: host.log.scaledUp,
      scaledDown: host.log.scaledDown,
    },
    host: {
      descriptorsBefore: before?.descriptors ?? null,
      descriptorsAfter: after?.descriptors ?? null,
      residentMiBBefore: before === null ? null : mebibytes(before.residentBytes),
      residentMiBAfter: after === null ? null : mebibytes(after.residentBytes),
      residentMiBMost: mebibytes(memory.mostBytes),
      growthMiBPerMinute: growthPerMinute === null ? null : mebibytes(growthPerMinute),
      heapMiBEarly: record.heap.early === null ? null : mebibytes(record.heap.early),
      heapMiBLate: record.heap.late === null ? null : mebibytes(record.heap.late),
    },
    generatorLateMs: record.lateMs,
  };
}

/** Tables of a result. */
export function reportText(result: ChaosResult): string {
  const columns = [...new Set(result.faults.flatMap(({ endings }) => Object.keys(endings)))].sort();
  const rows = result.faults.map(({ fault, count, endings }) => [
    fault,
    count,
    ...columns.map((name) => endings[name] ?? 0),
  ]);
  const { latencyMs, instances, host } = result;
  const figures: (readonly [string, number | string])[] = [
    ["requests", result.requests],
    ["requests/s", result.requestsPerSecond],
    ["seed", String(result.seed)],
    ...Object.entries(result.endings),
    ["violations", result.violations],
    ["p50 ms", latencyMs.p50],
    ["p99 ms", latencyMs.p99],
    ["max ms", latencyMs.max],
    ["instances started, forked", `${instances.started}, ${instances.forked}`],
    ["scaled up, down", `${instances.scaledUp}, ${instances.scaledDown}`],
    ["descriptors before, after", `${host.descriptorsBefore}, ${host.descriptorsAfter}`],
    [
      "host MiB before, most, after",
      [host.residentMiBBefore, host.residentMiBMost, host.residentMiBAfter].map((each) => each?.toFixed(0)).join(", "),
    ],
    ["host MiB a minute", host.growthMiBPerMinute?.toFixed(2) ?? "too short a run"],
    ["host heap MiB middle, end", `${host.heapMiBEarly?.toFixed(2) ?? "-"}, ${host.heapMiBLate?.toFixed(2) ?? "-"}`],
    ["generator late ms", result.generatorLateMs],
  ];
  return [
    formatTable(["fault", "count", ...columns.map((name) => `${name}`)], rows),
    formatTable(["", "total"], figures),
  ].join("\n\n");
}
