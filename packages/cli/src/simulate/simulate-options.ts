import { availableParallelism } from "node:os";
import {
  type AutoscalerConfig,
  autoscalerDefaults,
  autoscalerProblems,
  functionDefaults,
  type PolicyName,
  type ShapeName,
  shapes,
  simulationDefaults,
} from "@tidegate/core";
import { closest, type FunctionOptions, loadConfig, parseBytes } from "@tidegate/host";
import type { Options } from "../arguments/option.ts";
import { duration, wholeNumber } from "../arguments/option-value.ts";
import type { Arguments } from "../arguments/parse-arguments.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { onlyFunction, readTrace, shapeTraffic, type TrafficSource } from "./traffic-source.ts";

/** Who can decide, in the order they are shown. */
const policyNames = ["tide", "kpa"] as const satisfies readonly PolicyName[];

/** More instances at once than processors is slower for each of them, so the host starts no more. */
const startsAtOnce = Math.max(2, availableParallelism());

/** How long an invocation of a shape takes in an instance, in milliseconds. */
const defaultServiceMs = 100;

/** Options of `tidegate simulate`. */
export const simulateOptions: Options = {
  trace: { kind: "value", value: "FILE", description: "Trace to replay" },
  shape: {
    kind: "value",
    value: "NAME",
    description: `Traffic to generate instead: ${Object.keys(shapes).join(", ")}`,
  },
  policy: {
    kind: "values",
    value: "NAME",
    description: "Policy to show, tide or kpa, or all; may be repeated",
    default: "all",
  },
  config: { kind: "value", value: "FILE", description: "tidegate.yaml with the functions' concurrency and scaling" },
  function: {
    kind: "value",
    value: "NAME",
    description: "Only this function of the trace; the beginning of its name will do",
  },
  concurrency: {
    kind: "value",
    value: "N",
    description: "Most requests in flight in one instance",
    default: String(functionDefaults.concurrency),
  },
  min: { kind: "value", value: "N", description: "Instances kept also without requests", default: "0" },
  max: { kind: "value", value: "N", description: "Most instances", default: String(autoscalerDefaults.maxInstances) },
  idle: {
    kind: "value",
    value: "TIME",
    description: "How long the last instance is kept without requests",
    default: "30s",
  },
  "start-time": {
    kind: "value",
    value: "TIME",
    description: "How long an instance takes from its start until it is ready",
    default: `${simulationDefaults.startMs}ms`,
  },
  "starts-at-once": {
    kind: "value",
    value: "N",
    description: "Most instances that start at the same time",
    default: "this machine's processors, at least 2",
  },
  memory: { kind: "value", value: "SIZE", description: "Memory of one instance", default: "64mb" },
  seed: { kind: "value", value: "N", description: "Seed of a shape's arrivals", default: "1" },
  scale: { kind: "value", value: "N", description: "Multiplies how many invocations a shape has", default: "1" },
  "service-time": {
    kind: "value",
    value: "TIME",
    description: "How long an instance takes for an invocation of a shape, median",
    default: `${defaultServiceMs}ms`,
  },
  svg: { kind: "value", value: "FILE", description: "Also write the chart to this file, as SVG" },
  json: { kind: "flag", description: "Print the result as JSON" },
};

/** What to simulate, and how. */
export interface SimulatePlan {
  readonly source: TrafficSource;
  readonly policies: readonly PolicyName[];
  /** The function of a trace under a policy. */
  configOf(name: string, policy: PolicyName): AutoscalerConfig;
  /** Limits of a function's queue. */
  queueOf(name: string): { readonly queueLimit: number; readonly queueTimeoutMs: number };
  readonly startMs: number;
  readonly startsAtOnce: number;
  readonly memoryBytes: number;
}

/**
 * Reads the options.
 *
 * @throws TIDEGATE_USAGE, TIDEGATE_TRACE_NOT_FOUND, TIDEGATE_TRACE_INVALID, TIDEGATE_CONFIG_NOT_FOUND, TIDEGATE_CONFIG_INVALID
 */
export async function readPlan(args: Arguments, io: Io): Promise<SimulatePlan> {
  const policies = readPolicies(args.options.get("policy") ?? "all");
  const startMs = duration(args, "start-time", 0) ?? simulationDefaults.startMs;
  if (typeof startMs !== "number") throw new Error("The default start time is no number");
  const changes = scalingChanges(args);
  const file = args.options.get("config");
  const functions = file === undefined ? null : (await loadConfig(file, io.cwd)).functions;
  const source = await readSource(args, io);
  const given = (name: string): Partial<FunctionOptions> =>
    functions === null || file === undefined ? {} : functionFor(name, functions, file);
  const configOf = (name: string, policy: PolicyName): AutoscalerConfig =>
    checked(name, {
      ...autoscalerDefaults,
      ...given(name).scaling,
      concurrency: given(name).concurrency ?? functionDefaults.concurrency,
      ...changes,
      policy,
    });
  // Wrong settings are told before minutes of simulation.
  for (const { name } of source.functions) configOf(name, policies[0] ?? "tide");
  const { queueLimit, queueTimeoutMs } = functionDefaults;
  return {
    source,
    policies,
    configOf,
    queueOf: (name) => ({
      queueLimit: given(name).queueLimit ?? queueLimit,
      queueTimeoutMs: given(name).queueTimeoutMs ?? queueTimeoutMs,
    }),
    startMs,
    startsAtOnce: wholeNumber(args, "starts-at-once", 1, 100_000) ?? startsAtOnce,
    memoryBytes: bytes(args, "memory") ?? simulationDefaults.memoryBytes,
  };
}

async function readSource(args: Arguments, io: Io): Promise<TrafficSource> {
  const [trace, shape, name] = ["trace", "shape", "function"].map((option) => args.options.get(option));
  if ((trace === undefined) === (shape === undefined)) {
    throw usageError(
      trace === undefined
        ? "Cannot simulate nothing: expected --trace FILE or --shape NAME"
        : "Cannot simulate both a trace and a shape: expected one of --trace and --shape",
    );
  }
  for (const option of ["seed", "scale", "service-time"]) {
    if (trace !== undefined && args.options.has(option)) {
      throw usageError(`Cannot use "--${option}" with a trace: it is for a shape`);
    }
  }
  const source = trace !== undefined ? await readTrace(trace, io.cwd) : readShape(shape ?? "", args);
  return name === undefined ? source : onlyFunction(source, name);
}

function readShape(name: string, args: Arguments): TrafficSource {
  if (!Object.hasOwn(shapes, name)) throw unknown("shape", name, Object.keys(shapes));
  const text = args.options.get("scale") ?? "1";
  const scale = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (scale <= 0 || scale > 1_000) {
    throw usageError(
      `Cannot read option "--scale": expected a number above 0, up to 1000, got ${JSON.stringify(text)}`,
    );
  }
  const serviceMs = duration(args, "service-time", 1) ?? defaultServiceMs;
  return shapeTraffic(name as ShapeName, wholeNumber(args, "seed", 0, 2 ** 32 - 1) ?? 1, scale, serviceMs);
}

function readPolicies(text: string): PolicyName[] {
  const names = text.split(",");
  if (names.includes("all")) return [...policyNames];
  const isKnown = (name: string): name is PolicyName => policyNames.some((known) => known === name);
  for (const name of names) if (!isKnown(name)) throw unknown("policy", name, [...policyNames, "all"]);
  return [...new Set(names.filter(isKnown))];
}

function unknown(noun: string, name: string, known: readonly string[]): Error {
  const meant = closest(name, known);
  const hint = meant === null ? `known are ${known.join(", ")}` : `did you mean "${meant}"?`;
  return usageError(`Unknown ${noun} ${JSON.stringify(name)}; ${hint}`);
}

function scalingChanges(args: Arguments): Partial<AutoscalerConfig> {
  const concurrency = wholeNumber(args, "concurrency", 1, 1_000_000);
  const minInstances = wholeNumber(args, "min", 0, 100_000);
  const maxInstances = wholeNumber(args, "max", 1, 100_000);
  const idleTimeoutMs = duration(args, "idle", 0);
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(minInstances !== undefined && { minInstances }),
    ...(maxInstances !== undefined && { maxInstances }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  };
}

/** The function of this name; a file with only one function is meant for whatever the trace calls it. */
function functionFor(name: string, functions: readonly FunctionOptions[], file: string): FunctionOptions {
  const [only, ...others] = functions;
  const found = functions.find((fn) => fn.name === name) ?? (others.length === 0 ? only : undefined);
  if (found !== undefined) return found;
  const text = JSON.stringify(name);
  throw usageError(
    `Cannot simulate function ${text}: ${JSON.stringify(file)} has ${functions.length} functions, none of this name`,
  );
}

function checked(name: string, config: AutoscalerConfig): AutoscalerConfig {
  const [problem] = autoscalerProblems(config);
  if (problem === undefined) return config;
  throw usageError(`Cannot simulate function ${JSON.stringify(name)}: ${problem}`);
}

function bytes(args: Arguments, option: string): number | undefined {
  const text = args.options.get(option);
  if (text === undefined) return undefined;
  const size = parseBytes(text);
  if (size !== null && size > 0) return size;
  throw usageError(`Cannot read option "--${option}": expected a size such as "64mb", got ${JSON.stringify(text)}`);
}
