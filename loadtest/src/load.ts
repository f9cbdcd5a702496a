import { formatTable, type Panel, svgChart, terminalChart } from "tidegate";
import { parseCommand } from "./command.ts";
import { exitOnSignals } from "./program/program-side.ts";
import { describeMachine } from "./report/machine.ts";
import { writeResult } from "./report/write-results.ts";
import { burstScenario } from "./scenarios/burst.ts";
import { runScenario } from "./scenarios/run-scenario.ts";
import { runningIn } from "./scenarios/sample.ts";
import type { Outcome, Scenario } from "./scenarios/scenario.ts";
import { steadyScenario } from "./scenarios/steady.ts";
import { tideScenario } from "./scenarios/tide.ts";

const scenarios: readonly Scenario[] = [steadyScenario, burstScenario, tideScenario];

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));

/** 0: all as expected; 1: requests failed or instances did not follow; 2: wrong arguments. */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv, {
    usage: "pnpm load",
    noun: "scenario",
    runnables: scenarios,
    duration: "seconds of the whole run; windows shrink and grow with it",
    hasRounds: false,
  });
  if (command.kind === "help") {
    console.log(command.text);
    return 0;
  }
  if (command.kind === "error") {
    console.error(command.text);
    return 2;
  }
  const { name } = command.runnable;
  const machine = describeMachine();
  const plan = command.runnable.plan(command.options);
  const outcome = await runScenario(plan, console.error);
  const problems = plan.verify(outcome);
  const result = { name, ...machine, ...outcome, problems };
  const panels = panelsOf(outcome);
  const files = [
    await writeResult(`${name}.json`, result),
    await writeResult(`${name}.svg`, svgChart(`${name}: requests, instances and latency over time`, panels)),
  ];
  console.log(command.isJson ? JSON.stringify(result, null, 2) : reportText(outcome, panels));
  console.error(`\nWritten to ${files.join(" and ")}`);
  for (const problem of problems) console.error(`Not as expected: ${problem}`);
  if (problems.length === 0) console.error("As expected: no request failed, instances followed the load down to zero");
  return problems.length > 0 ? 1 : 0;
}

/** Values of a second stand in its middle. */
function panelsOf({ seconds, samples }: Outcome): Panel[] {
  return [
    {
      title: "requests/s",
      shape: "line",
      points: seconds.map(({ second, requests }) => ({ at: second + 0.5, value: requests })),
    },
    {
      title: "instances",
      shape: "step",
      points: samples.map((sample) => ({ at: sample.at, value: runningIn(sample) })),
    },
    {
      title: "p99 (ms)",
      shape: "line",
      points: seconds.map(({ second, p99Ms }) => ({ at: second + 0.5, value: p99Ms })),
    },
  ];
}

function reportText({ totals }: Outcome, panels: readonly Panel[]): string {
  const rows = [
    ["requests", totals.requests],
    ["failed", totals.failed],
    ["requests/s", totals.perSecond],
    ["p50 ms", totals.p50Ms],
    ["p99 ms", totals.p99Ms],
    ["max ms", totals.maxMs],
    ["instances at most", totals.maxInstances],
    ["instances at the end", totals.instancesAtEnd],
    ["instance-seconds", totals.instanceSeconds],
    ["waited for a start", totals.coldStarts],
  ] as const;
  return `${terminalChart(panels)}\n\n${formatTable(["", "total"], rows)}`;
}
