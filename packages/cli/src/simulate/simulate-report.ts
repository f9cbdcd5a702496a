import type { Panel } from "../chart/panel.ts";
import { svgChart } from "../chart/svg.ts";
import { terminalChart } from "../chart/terminal.ts";
import { formatTable } from "../output/number-table.ts";
import type { PolicyRun } from "./policy-run.ts";
import type { SimulatePlan } from "./simulate-options.ts";

/** Title and end of a line of the chart, in columns. */
const besideChart = 34;

/** What a run is told as. */
export interface SimulateResult {
  readonly plan: SimulatePlan;
  readonly runs: readonly PolicyRun[];
  /** How long it all took, reading included, in milliseconds. */
  readonly tookMs: number;
}

/** The result for people: what was simulated, a chart, a table. */
export function reportText({ plan, runs, tookMs }: SimulateResult, columns = 100): string {
  const { source, startMs, memoryBytes } = plan;
  const [first] = runs;
  const invocations = (first?.totals.invocations ?? 0) + (first?.totals.refused ?? 0);
  const what = [
    `${source.title}: ${count(invocations, "invocation")} of ${count(source.functions.length, "function")}`,
    `within ${time(source.durationMs)}; an instance starts in ${time(startMs)} and has ${Math.round(memoryBytes / 2 ** 20)} MB`,
  ].join(" ");
  const unserved =
    source.unserved === 0 ? "" : `\n${count(source.unserved, "invocation")} of it never reached an instance: left out`;
  const chart = terminalChart(panelsOf(runs), Math.max(20, Math.min(100, columns - besideChart)));
  return `${what}${unserved}\n\n${chart}\n\n${table(runs)}\n\nSimulated ${time(simulatedMs(runs))} of ${runs.map(({ policy }) => policy).join(" and ")} in ${time(tookMs)}\n`;
}

/** The same for programs. */
export function reportJson({ plan, runs, tookMs }: SimulateResult): string {
  const { source, startMs, startsAtOnce, memoryBytes } = plan;
  const result = {
    source: source.title,
    durationMs: source.durationMs,
    unserved: source.unserved,
    startMs,
    startsAtOnce,
    memoryBytes,
    policies: runs.map(({ policy, totals, functions }) => ({ policy, totals, functions })),
    tookMs,
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** The chart as a document. */
export function reportSvg({ plan, runs }: SimulateResult): string {
  return svgChart(`${plan.source.title}: load and instances over time`, panelsOf(runs));
}

function panelsOf(runs: readonly PolicyRun[]): Panel[] {
  const load: Panel[] = runs
    .slice(0, 1)
    .map((run) => ({ title: "in flight, queued", shape: "step", points: run.load }));
  return [
    ...load,
    ...runs.flatMap(({ policy, instances, frozen }): Panel[] => [
      { title: `${policy} instances`, shape: "step", points: instances },
      ...(frozen.some(({ value }) => value > 0)
        ? [{ title: `${policy} frozen`, shape: "step", points: frozen } as const]
        : []),
    ]),
  ];
}

function table(runs: readonly PolicyRun[]): string {
  const columns = [
    "policy",
    "wait p50 ms",
    "p99 ms",
    "max ms",
    "refused",
    "cold starts",
    "starts",
    "most at once",
    "instance-s",
    "frozen s",
    "GB-s",
  ];
  const rows = runs.map(({ policy, totals }) => [
    policy,
    totals.waitP50Ms,
    totals.waitP99Ms,
    totals.waitMaxMs,
    totals.refused,
    totals.coldStarts,
    totals.starts,
    totals.maxInstances,
    totals.instanceSeconds,
    totals.frozenSeconds,
    totals.gbSeconds,
  ]);
  return formatTable(columns, rows);
}

function simulatedMs(runs: readonly PolicyRun[]): number {
  return runs.reduce(
    (sum, { functions }) => sum + functions.reduce((most, { totals }) => Math.max(most, totals.endedAt), 0),
    0,
  );
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;
}

/** A time in the unit that suits it: `350 ms`, `2.5 s`, `12 min`, `3.5 h`. */
function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const [value, unit] =
    ms < 120_000 ? [ms / 1_000, "s"] : ms < 7_200_000 ? [ms / 60_000, "min"] : [ms / 3_600_000, "h"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
