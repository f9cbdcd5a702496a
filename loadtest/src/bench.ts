import { formatTable } from "tidegate";
import { adapterBench } from "./benches/adapter.ts";
import type { Bench, Measured, Rows } from "./benches/bench.ts";
import { burstBench } from "./benches/burst.ts";
import { coldstartBench } from "./benches/coldstart.ts";
import { forkedBench } from "./benches/forked.ts";
import { gatewayBench } from "./benches/gateway.ts";
import { policyBench } from "./benches/policy.ts";
import { parseCommand } from "./command.ts";
import { exitOnSignals } from "./program/program-side.ts";
import { describeMachine, type Machine } from "./report/machine.ts";
import { writeResult } from "./report/write-results.ts";

const benches: readonly Bench[] = [gatewayBench, coldstartBench, burstBench, forkedBench, adapterBench, policyBench];

/** What `loadtest/results/NAME.json` holds. */
interface BenchResult extends Machine, Pick<Measured, "rows" | "tables" | "ratios"> {
  readonly name: string;
}

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));

/** 0: done; 1: the numbers are void; 2: wrong arguments. */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv, {
    usage: "pnpm bench",
    noun: "bench",
    runnables: benches,
    duration:
      "seconds of one run in one round (gateway: 4, forked: 3, adapter: 0.15), of policy's live trace (180), of forked's part flat (600)",
    connections: "keep-alive connections of the generator; instances of burst, and of coldstart's part memory",
    hasRounds: true,
  });
  if (command.kind === "help") {
    console.log(command.text);
    return 0;
  }
  if (command.kind === "error") {
    console.error(command.text);
    return 2;
  }
  const { name, ratioHeading = "ratio (ours / theirs)", resultFile = `${name}.json` } = command.runnable;
  const machine = describeMachine();
  const {
    rows,
    tables = [],
    ratios,
    problems,
  } = await command.runnable.run({ ...command.options, log: console.error });
  const result: BenchResult = { name, ...machine, rows, ...(tables.length > 0 && { tables }), ratios };
  console.log(command.isJson ? JSON.stringify(result, null, 2) : reportText(result, ratioHeading));
  // One row is a look at a part; it does not replace the whole.
  if (command.options.row === null) console.error(`\nWritten to ${await writeResult(resultFile, result)}`);
  for (const problem of problems) console.error(`Cannot trust this run: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}

function reportText({ rows, tables = [], ratios }: BenchResult, ratioHeading: string): string {
  return [
    ...(rows.length > 0 ? [tableOf(rows)] : []),
    ...tables.map(({ title, rows: others }) => `${title}\n${tableOf(others)}`),
    formatTable([ratioHeading, "ratio"], Object.entries(ratios)),
  ].join("\n\n");
}

function tableOf(rows: Rows): string {
  const columns = Object.keys(rows[0] ?? {});
  return formatTable(
    columns,
    rows.map((row) => columns.map((column) => row[column] ?? "")),
  );
}
