import { resolve } from "node:path";
import { duration } from "../arguments/option-value.ts";
import type { Arguments } from "../arguments/parse-arguments.ts";
import { exitCode } from "../errors.ts";
import type { Io } from "../io.ts";
import type { Reporter } from "../output/reporter.ts";
import { openRecorder } from "../record/recorder.ts";
import { recordingReporter } from "../record/recording-reporter.ts";
import { runHost } from "../run-host.ts";
import type { Target } from "../target/target.ts";
import { functionOptions, gatewayOptions, type TargetOptions, targetOptions } from "../target/target-options.ts";
import type { Command } from "./command.ts";

/** `tidegate serve`. */
export const serve: Command = {
  usage: "[ENTRY] [options] [-- arguments]",
  description: `Serves an app at one port. Instances start with its requests and stop when there are none.

ENTRY is a program or module for Node (js, mjs, cjs, ts, mts, cts), a folder with a tidegate.yaml or package.json,
or a tidegate.yaml. Default: the current folder. Arguments after "--" go to the program; without ENTRY they are a
command in any language that serves HTTP on $PORT.

On a terminal it shows what happens and a live status line, otherwise it logs JSON, one object a line.

SIGHUP reads the configuration again and applies it, as \`tidegate reload\` does; on a terminal it ends the host, as that
means that the terminal is gone. SIGUSR2 replaces the host by a new process, as \`tidegate upgrade\` does.`,
  options: {
    ...gatewayOptions,
    ...functionOptions,
    "drain-delay": {
      kind: "value",
      value: "TIME",
      description: "How long it serves on after SIGTERM or Ctrl-C with its health at 503, for a load balancer in front",
      default: "tidegate.yaml, 0s",
    },
    record: { kind: "value", value: "FILE", description: "Append a line for each request, for `tidegate simulate`" },
    "log-requests": { kind: "flag", description: "Log every request" },
    json: { kind: "flag", description: "Log JSON also on a terminal" },
  },
  examples: [
    ["tidegate serve server.js", "Serve an unmodified program, or a module that exports its app"],
    ["tidegate serve server.js --port 8080 --max 4", "At most four instances behind port 8080"],
    ["tidegate serve server.js -- --seed", "With an argument for the program"],
    ["tidegate serve -- python3 app.py", "A command in another language, which listens on $PORT"],
    ["tidegate serve --config tidegate.yaml", "Several functions"],
    ["tidegate serve server.js --record trace.csv", "Record what comes, to see what other settings would do with it"],
  ],
  exitCodes: [
    [exitCode.ok, "Stopped by Ctrl-C or SIGTERM, or replaced; running requests were let finish"],
    [exitCode.failed, "It could not serve, such as for a port in use; or it had a fault of its own, and has drained"],
    [exitCode.usage, "Wrong command line, missing entry or malformed tidegate.yaml"],
    [exitCode.interrupted, "Ended at once by a second Ctrl-C"],
  ],
  maxPositionals: 1,
  takesRest: true,
  run: async (args, io) => {
    const { target, options } = await serveOptions(args, io, null);
    const read = (): Promise<TargetOptions> => serveOptions(args, io, target);
    const names = options.functions.map(({ name }) => name);
    const reporter = await createReporter(args, io, names);
    const name = args.options.get("record");
    if (name === undefined) return runHost({ options, read, reporter }, io);
    const recorder = await openRecorder(resolve(io.cwd, name), name, (message) =>
      reporter.onEvent({ type: "problem", code: "TIDEGATE_RECORD_FAILED", function: null, message }),
    );
    try {
      return await runHost({ options, read, reporter: recordingReporter(reporter, recorder) }, io);
    } finally {
      await recorder.close();
    }
  },
};

async function serveOptions(args: Arguments, io: Io, known: Target | null): Promise<TargetOptions> {
  const drainDelayMs = duration(args, "drain-delay", 0);
  const { target, options } = await targetOptions(args, io, known);
  return { target, options: { ...options, ...(drainDelayMs === undefined ? {} : { drainDelayMs }) } };
}

/** Loads only the reporter it needs: pino is of no use on a terminal. */
async function createReporter(args: Arguments, io: Io, functions: readonly string[]): Promise<Reporter> {
  const logRequests = args.options.has("log-requests");
  if (io.stdout.isTTY === true && !args.options.has("json")) {
    const { createTextReporter } = await import("../output/text-reporter.ts");
    return createTextReporter(io, { functions, isLive: true, logRequests });
  }
  const { createJsonReporter } = await import("../output/json-reporter.ts");
  return createJsonReporter(io.stdout, { functions, logRequests });
}
