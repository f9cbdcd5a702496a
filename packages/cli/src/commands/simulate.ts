import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { exitCode, usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { runPolicies } from "../simulate/policy-run.ts";
import { readPlan, simulateOptions } from "../simulate/simulate-options.ts";
import { reportJson, reportSvg, reportText, type SimulateResult } from "../simulate/simulate-report.ts";
import type { Command } from "./command.ts";

/** `tidegate simulate`. */
export const simulate: Command = {
  usage: "--trace FILE | --shape NAME [options]",
  description: `Replays traffic through the autoscaler on a virtual clock, hours in seconds, and shows what each policy makes of it:
how long invocations wait, how many instances start and run, and what they cost.

A trace is what \`tidegate serve --record FILE\` writes, or comma-separated values with the columns app, func,
end_timestamp and duration, in seconds. Each function of it is simulated on its own. Scaling at certain times or on metrics
is left out.`,
  options: simulateOptions,
  examples: [
    ["tidegate simulate --trace trace.csv", "Compare the policies on what was recorded"],
    ["tidegate simulate --trace trace.csv --policy tide --idle 2m", "One policy, with another setting"],
    ["tidegate simulate --trace trace.csv --config tidegate.yaml", "With the settings of each function"],
    ["tidegate simulate --shape flash-crowd --concurrency 10 --max 50", "Traffic that is generated"],
  ],
  exitCodes: [
    [exitCode.ok, "Simulated"],
    [exitCode.usage, "Wrong command line, missing or malformed trace or tidegate.yaml, a file that cannot be written"],
  ],
  maxPositionals: 0,
  takesRest: false,
  run: async (args, io) => {
    const began = performance.now();
    const plan = await readPlan(args, io);
    const runs = runPolicies(plan);
    const result: SimulateResult = { plan, runs, tookMs: performance.now() - began };
    const svg = args.options.get("svg");
    if (svg !== undefined) await writeChart(svg, reportSvg(result), io);
    io.stdout.write(args.options.has("json") ? reportJson(result) : reportText(result, io.stdout.columns));
    return exitCode.ok;
  },
};

async function writeChart(file: string, text: string, io: Io): Promise<void> {
  await writeFile(resolve(io.cwd, file), text).catch((error: Error) => {
    throw usageError(`Cannot write the chart to ${JSON.stringify(file)}: ${error.message}`);
  });
}
