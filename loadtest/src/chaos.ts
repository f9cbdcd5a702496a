import { parseArgs } from "node:util";
import { reportText, resultOf } from "./chaos/chaos-report.ts";
import { type ChaosOptions, runChaos } from "./chaos/chaos-run.ts";
import { findingsOf } from "./chaos/findings.ts";
import { exitOnSignals } from "./program/program-side.ts";
import { writeResult } from "./report/write-results.ts";

const defaults = { seconds: 620, perSecond: 180, faultsPerSecond: 1.5 } as const;
/** Long enough for every fault once. */
const shortDefaults = { seconds: 20, perSecond: 130, faultsPerSecond: 4 } as const;

/** Histories that are printed; the others are of the same make, most often. */
const printedViolations = 12;

const help = `Usage: pnpm chaos [options]

Load that does not wait, while instances are killed at every state of a request, stopped, redeployed and scaled, and the
host upgraded. Every request is judged by what its client saw, what the apps wrote down, and what the host recorded.

Options:
  --duration S   seconds of load (default ${defaults.seconds})
  --rate N       requests per second, on average (default ${defaults.perSecond})
  --faults N     faults per second, on average (default ${defaults.faultsPerSecond})
  --short        ${shortDefaults.seconds} s with every fault once, as in the tests; writes no result
  --seed N       draws the same requests and faults again (default: by the clock, and printed)
  --keep         keep logs and journals of the run
  --json         print the result as JSON
  --help         print this`;

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));

/** 0: all as the rules say; 1: something was not, or was left behind; 2: wrong arguments. */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseChaosCommand(argv);
  if (typeof command === "string") {
    if (command !== help) console.error(command);
    else console.log(command);
    return command === help ? 0 : 2;
  }
  const { options, isJson, isShort } = command;
  if (process.platform !== "linux") {
    console.error(`Cannot run chaos: it looks at processes through /proc, and this is "${process.platform}"`);
    return 2;
  }
  options.log(
    `seed ${options.seed}: ${options.seconds} s with ${options.perSecond} requests and ${options.faultsPerSecond} faults a second`,
  );
  const record = await runChaos(options).catch((error: Error) => error);
  if (record instanceof Error) {
    console.error(record.message);
    return 1;
  }
  const findings = findingsOf(record);
  const result = resultOf(options, record, findings);
  console.log(isJson ? JSON.stringify(result, null, 2) : reportText(result));
  // The short form is a test, not a measurement.
  if (!isShort) console.error(`\nWritten to ${await writeResult("chaos.json", result)}`);
  for (const { why, history } of findings.violations.slice(0, printedViolations)) {
    console.error(`\nViolation: ${why}\n${history.map((line) => `  ${line}`).join("\n")}`);
  }
  if (findings.violations.length > printedViolations)
    console.error(`\n... and ${findings.violations.length - printedViolations} more`);
  for (const problem of findings.problems) console.error(`Not as it must be: ${problem}`);
  const isGood = findings.violations.length + findings.problems.length === 0;
  console.error(
    isGood ? "As it must be: no request was lost, nothing is left" : `Run it again with --seed ${options.seed}`,
  );
  return isGood ? 0 : 1;
}

function parseChaosCommand(
  argv: readonly string[],
): string | { readonly options: ChaosOptions; readonly isJson: boolean; readonly isShort: boolean } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        duration: { type: "string" },
        rate: { type: "string" },
        faults: { type: "string" },
        seed: { type: "string" },
        short: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return help;
    const otherwise = values.short ? shortDefaults : defaults;
    const options = {
      seconds: positive("duration", values.duration) ?? otherwise.seconds,
      perSecond: positive("rate", values.rate) ?? otherwise.perSecond,
      faultsPerSecond: positive("faults", values.faults) ?? otherwise.faultsPerSecond,
      seed: positive("seed", values.seed) ?? (Date.now() % 1_000_000) + 1,
      keeps: values.keep,
      log: console.error,
    };
    return { options, isJson: values.json, isShort: values.short };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nRun "pnpm chaos --help" for help`;
  }
}

function positive(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`Cannot use --${option} "${text}": not a number above 0`);
}
