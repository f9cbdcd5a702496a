import type { FunctionOptions } from "@tidegate/host";
import type { Arguments } from "../arguments/parse-arguments.ts";
import { createDevReporter } from "../dev/dev-reporter.ts";
import { defaultInspectPort, withInspector } from "../dev/inspector.ts";
import { watchFunctions } from "../dev/watch-functions.ts";
import { exitCode } from "../errors.ts";
import type { Io } from "../io.ts";
import { runHost } from "../run-host.ts";
import type { Target } from "../target/target.ts";
import { functionOptions, gatewayOptions, type TargetOptions, targetOptions } from "../target/target-options.ts";
import type { Command } from "./command.ts";

/** What differs from `serve`: only this machine reaches a sandbox, and an instance outlives a pause in the work. */
const devDefaults = { hostname: "127.0.0.1", idleTimeoutMs: 600_000 } as const;

/** `tidegate dev`. */
export const dev: Command = {
  usage: "[ENTRY] [options] [-- arguments]",
  description: `Serves an app on this machine while you work on it. ENTRY is what \`tidegate serve\` takes.

Every change of a source file makes a new revision: it starts beside the old one and takes over when it is ready, so
no request is lost. When it cannot start, the error is shown with its line of source and the old revision serves on.
Watched are files that make a program (js, ts, json, html, css, yaml, sql, py, .env and the like), except in hidden
folders and in node_modules, dist, build, out, coverage, tmp, temp, logs, data, uploads, target and venv.`,
  options: {
    ...gatewayOptions,
    host: { kind: "value", value: "ADDRESS", description: "Address to bind", default: devDefaults.hostname },
    ...functionOptions,
    idle: {
      kind: "value",
      value: "TIME",
      description: "How long the last instance is kept without requests",
      default: "10m",
    },
    inspect: {
      kind: "optional-value",
      value: "PORT",
      description: `Debug the instance with Node's inspector, at most one instance then; port ${defaultInspectPort} unless given`,
    },
  },
  examples: [
    ["tidegate dev", "Serve the app in this folder"],
    ["tidegate dev server.js --inspect", "Debug it: open chrome://inspect, or attach an editor"],
    ["tidegate dev -- python3 app.py", "In another language"],
  ],
  exitCodes: [
    [exitCode.ok, "Stopped by Ctrl-C or SIGTERM"],
    [exitCode.failed, "It could not serve, such as for a port in use"],
    [exitCode.usage, "Wrong command line, missing entry or malformed tidegate.yaml"],
    [exitCode.interrupted, "Ended at once by a second Ctrl-C"],
  ],
  maxPositionals: 1,
  takesRest: true,
  run: async (args, io) => {
    let known: Target | null = null;
    let functions: readonly FunctionOptions[] = [];
    const read = async (): Promise<TargetOptions> => {
      const readAnew = await devOptions(args, io, known);
      known = readAnew.target;
      functions = readAnew.options.functions;
      return readAnew;
    };
    const { target, options } = await read();
    const reporter = createDevReporter(io, () => functions, args.options.has("inspect"));
    const whileServing = watchFunctions({ target, options, read, reporter, io });
    return runHost({ options, read, reporter, whileServing }, io);
  },
};

async function devOptions(args: Arguments, io: Io, known: Target | null): Promise<TargetOptions> {
  const { target, options } = await targetOptions(args, io, known);
  const inspect = args.options.get("inspect");
  const functions = inspect === undefined ? options.functions : [withInspector(options.functions, inspect)];
  return {
    target,
    options: {
      ...options,
      // Nobody but its developer waits for it to end.
      drainDelayMs: 0,
      hostname: options.hostname ?? devDefaults.hostname,
      functions: functions.map((fn) => ({
        ...fn,
        scaling: { idleTimeoutMs: devDefaults.idleTimeoutMs, ...fn.scaling },
      })),
    },
  };
}
