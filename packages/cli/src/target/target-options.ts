import { resolve } from "node:path";
import { autoscalerDefaults, type StartMode } from "@tidegate/core";
import { type FunctionOptions, functionNamePattern, type HostOptions, loadConfig } from "@tidegate/host";
import type { Options } from "../arguments/option.ts";
import { duration, oneOf, parseWholeNumber, wholeNumber } from "../arguments/option-value.ts";
import type { Arguments } from "../arguments/parse-arguments.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { functionNameOf } from "./app-folder.ts";
import { resolveTarget } from "./resolve-target.ts";
import type { Target } from "./target.ts";

/** Options of the gateway, which every target takes. */
export const gatewayOptions: Options = {
  port: {
    kind: "value",
    value: "N",
    description: "TCP port; 0 picks a free one",
    default: "tidegate.yaml, $PORT, 3000",
  },
  host: { kind: "value", value: "ADDRESS", description: "Address to bind", default: "all" },
  "trust-proxy": { kind: "flag", description: "Keep the client's Forwarded and X-Forwarded-* and append to them" },
  config: { kind: "value", value: "FILE", description: "Configuration file to serve, instead of ENTRY" },
};

/** Options of a function; for a tidegate.yaml with several functions they stand in the file. */
export const functionOptions: Options = {
  name: { kind: "value", value: "NAME", description: "Name of the function", default: "name of the app's folder" },
  concurrency: { kind: "value", value: "N", description: "Most requests in flight in one instance", default: "100" },
  min: { kind: "value", value: "N", description: "Instances kept also without requests", default: "0" },
  max: { kind: "value", value: "N", description: "Most instances", default: "10" },
  idle: {
    kind: "value",
    value: "TIME",
    description: "How long the last instance is kept without requests",
    default: "30s",
  },
  timeout: { kind: "value", value: "TIME", description: "Longest wait for a response's first byte", default: "60s" },
  start: {
    kind: "value",
    value: "HOW",
    description: "How instances start: auto (forked where that is safe), fork or process",
    default: "auto",
  },
};

const startModes = ["auto", "fork", "process"] as const satisfies readonly StartMode[];

/** What is served, and how. */
export interface TargetOptions {
  readonly target: Target;
  readonly options: HostOptions;
}

/**
 * Puts together what a host is to serve: the entry or configuration file, changed by options of the command line.
 * The port is `--port`, else the file's, else `$PORT`, else the host's default.
 *
 * @param known what was served before, when it is read again: a file that is being replaced must not turn a folder into
 * another target. Default: what the arguments name
 * @throws TIDEGATE_USAGE, TIDEGATE_ENTRY_NOT_FOUND, TIDEGATE_CONFIG_NOT_FOUND, TIDEGATE_CONFIG_INVALID
 */
export async function targetOptions(args: Arguments, io: Io, known: Target | null = null): Promise<TargetOptions> {
  const target = known ?? (await targetOf(args, io));
  const base = target.kind === "config" ? await loadConfig(target.file, io.cwd) : { functions: [functionOf(target)] };
  const port = wholeNumber(args, "port", 0, 65_535) ?? base.port ?? portOf(io.env);
  const hostname = args.options.get("host") ?? base.hostname;
  return {
    target,
    options: {
      ...base,
      functions: changeFunctions(base.functions, args),
      ...(port === undefined ? {} : { port }),
      ...(hostname === undefined ? {} : { hostname }),
      ...(args.options.has("trust-proxy") ? { trustProxy: true } : {}),
    },
  };
}

async function targetOf(args: Arguments, io: Io): Promise<Target> {
  const config = args.options.get("config");
  const [entry] = args.positionals;
  if (config === undefined) return resolveTarget(entry, args.rest, io.cwd);
  if (entry !== undefined) {
    throw usageError(`Cannot serve both ${JSON.stringify(entry)} and the configuration ${JSON.stringify(config)}`);
  }
  if (args.rest !== null) throw usageError('Unexpected "--" beside --config');
  return { kind: "config", file: config, folder: resolve(io.cwd, config, "..") };
}

function functionOf({ entry, cwd, env, folder }: Extract<Target, { kind: "entry" }>): FunctionOptions {
  return { name: functionNameOf(folder), entry, cwd, env, routes: [{ path: "/" }] };
}

function portOf(env: NodeJS.ProcessEnv): number | undefined {
  return env.PORT === undefined || env.PORT === "" ? undefined : parseWholeNumber(env.PORT, "variable PORT", 0, 65_535);
}

function changeFunctions(functions: readonly FunctionOptions[], args: Arguments): readonly FunctionOptions[] {
  const given = Object.keys(functionOptions).filter((name) => args.options.has(name));
  const [only, ...others] = functions;
  if (given.length === 0 || only === undefined) return functions;
  if (others.length > 0) {
    throw usageError(`Cannot apply "--${given[0]}" to ${functions.length} functions: write it in the configuration`);
  }
  return [changeFunction(only, args)];
}

function changeFunction(fn: FunctionOptions, args: Arguments): FunctionOptions {
  const name = args.options.get("name") ?? fn.name;
  if (!functionNamePattern.test(name)) {
    throw usageError(
      `Cannot read option "--name": expected up to 63 lower case letters, digits and hyphens, got ${JSON.stringify(name)}`,
    );
  }
  const concurrency = wholeNumber(args, "concurrency", 1, 1_000_000);
  const timeoutMs = duration(args, "timeout", 1);
  const minInstances = wholeNumber(args, "min", 0, 100_000) ?? fn.scaling?.minInstances;
  // More instances kept than the default maximum is a wish for as many, not a contradiction.
  const maxInstances = wholeNumber(args, "max", 1, 100_000) ?? fn.scaling?.maxInstances ?? atLeastDefault(minInstances);
  const idleTimeoutMs = duration(args, "idle", 0);
  const start = oneOf(args, "start", startModes);
  if (start === "fork" && fn.entry.kind === "command") {
    throw usageError('Cannot apply "--start fork" to a command: only a program for Node can be forked');
  }
  if (minInstances !== undefined && maxInstances !== undefined && minInstances > maxInstances) {
    throw usageError(`Cannot keep ${minInstances} instances: at most ${maxInstances} are allowed by "--max"`);
  }
  return {
    ...fn,
    name,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(start === undefined ? {} : { start }),
    scaling: {
      ...fn.scaling,
      ...(minInstances === undefined ? {} : { minInstances }),
      ...(maxInstances === undefined ? {} : { maxInstances }),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    },
  };
}

function atLeastDefault(minInstances: number | undefined): number | undefined {
  return minInstances !== undefined && minInstances > autoscalerDefaults.maxInstances ? minInstances : undefined;
}
