import { autoscalerDefaults } from "@tidegate/core";
import { parseBytes } from "./bytes.ts";
import { type ConfigProblem, formatPath, mismatch } from "./config-problem.ts";
import { parseDuration } from "./duration.ts";
import type { ConfigPath } from "./locate.ts";
import { formatRoute, parseRoute } from "./parse-route.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Not a number, for what is none: it is above nothing, and the schema tells of it. */
const toNumber = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

/** Pairs of fields of `scaling` of which the first must not exceed the second. */
const notAbove = [
  {
    low: "min",
    high: "max",
    defaults: [autoscalerDefaults.minInstances, autoscalerDefaults.maxInstances],
    read: toNumber,
  },
  {
    low: "provisioned",
    high: "max",
    defaults: [autoscalerDefaults.provisioned, autoscalerDefaults.maxInstances],
    read: toNumber,
  },
  {
    low: "panicWindow",
    high: "stableWindow",
    defaults: [autoscalerDefaults.panicWindowMs, autoscalerDefaults.stableWindowMs],
    read: (value: unknown) => parseDuration(typeof value === "number" ? value : String(value)) ?? Number.NaN,
  },
] as const;

/** Fields that a command has no use for. */
const onlyBesideEntry = [
  { field: "args", why: 'expected only beside "entry"; write arguments of a command in "command"' },
  { field: "nodeArgs", why: 'expected only beside "entry"; write arguments of a command in "command"' },
  { field: "warmUp", why: 'expected only beside "entry"; a command is not forked, and has nothing to warm' },
] as const;

/**
 * Finds what is wrong between the fields of a configuration. It looks at the file's data and not at the schema's
 * result, so that it can tell of these problems beside the ones in single fields.
 *
 * @param data the configuration as read from YAML
 */
export function checkFunctions(data: unknown): ConfigProblem[] {
  const functions = mappingOf(mappingOf(data)?.functions);
  if (functions === null) return [];
  const names = Object.keys(functions);
  if (names.length === 0) {
    return [{ path: ["functions"], part: "value", message: mismatch("at least one function", {}) }];
  }
  const problems = names.flatMap((name) => {
    const config = mappingOf(functions[name]);
    const path = ["functions", name];
    if (config === null) return [];
    return [
      ...checkEntry(path, config),
      ...checkTemplates(path, config, data),
      ...checkScaling(path, config),
      ...checkSchedule(path, config),
      ...checkHasRoutes(path, config, names.length),
    ];
  });
  return [...problems, ...checkRoutes(functions)];
}

function checkEntry(path: ConfigPath, config: Mapping): ConfigProblem[] {
  const problem = (field: string, message: string): ConfigProblem => ({ path: [...path, field], part: "key", message });
  if (!("command" in config)) {
    return "entry" in config ? [] : [{ path, part: "key", message: 'expected "entry" or "command", got neither' }];
  }
  if ("entry" in config) return [problem("command", 'expected either "entry" or "command", got both')];
  const forked: ConfigProblem[] =
    config.start === "fork"
      ? [{ path: [...path, "start"], part: "value", message: mismatch('"auto" or "process" beside "command"', "fork") }]
      : [];
  return [
    ...forked,
    ...onlyBesideEntry.filter(({ field }) => field in config).map((each) => problem(each.field, each.why)),
  ];
}

/** Without memory for a template nothing can be forked. */
function checkTemplates(path: ConfigPath, config: Mapping, data: unknown): ConfigProblem[] {
  const memory = mappingOf(mappingOf(data)?.templates)?.memory;
  if (config.start !== "fork" || "command" in config || parseBytes(String(memory ?? "")) !== 0) return [];
  const message = mismatch('"auto" or "process", as "templates.memory" is 0', "fork");
  return [{ path: [...path, "start"], part: "value", message }];
}

function checkScaling(path: ConfigPath, config: Mapping): ConfigProblem[] {
  const scaling = mappingOf(config.scaling) ?? {};
  return notAbove.flatMap(({ low, high, defaults, read }) => {
    const lowValue = low in scaling ? read(scaling[low]) : defaults[0];
    const highValue = high in scaling ? read(scaling[high]) : defaults[1];
    if (!(lowValue > highValue)) return [];
    const [field, limit] = low in scaling ? [low, `at most "${high}"`] : [high, `at least "${low}"`];
    const other = field === low ? (scaling[high] ?? defaults[1]) : (scaling[low] ?? defaults[0]);
    return [
      {
        path: [...path, "scaling", field],
        part: "value",
        message: mismatch(`${limit}, which is ${other}`, scaling[field]),
      },
    ];
  });
}

function checkSchedule(path: ConfigPath, config: Mapping): ConfigProblem[] {
  const schedule = mappingOf(config.scaling)?.schedule;
  return (Array.isArray(schedule) ? schedule : []).flatMap((entry: unknown, index) => {
    const { min, max } = mappingOf(entry) ?? {};
    if (!(toNumber(min) > toNumber(max))) return [];
    const message = mismatch(`at most "max", which is ${max}`, min);
    return [{ path: [...path, "scaling", "schedule", index, "min"], part: "value" as const, message }];
  });
}

function checkHasRoutes(path: ConfigPath, config: Mapping, count: number): ConfigProblem[] {
  if (count === 1 || "routes" in config) return [];
  return [{ path, part: "key", message: 'expected "routes", as there are several functions, got nothing' }];
}

/** Two functions cannot have one route: only one of them would ever be asked. */
function checkRoutes(functions: Mapping): ConfigProblem[] {
  const owners = new Map<string, ConfigPath>();
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(functions)) {
    const routes = mappingOf(value)?.routes;
    for (const [index, text] of (Array.isArray(routes) ? routes : []).entries()) {
      const parsed = typeof text === "string" ? parseRoute(text) : null;
      if (parsed?.ok !== true) continue;
      const path = ["functions", name, "routes", index];
      const route = formatRoute(parsed.route);
      const owner = owners.get(route);
      if (owner === undefined) owners.set(route, path);
      else problems.push({ path, part: "value", message: mismatch(`a route that is not ${formatPath(owner)}`, text) });
    }
  }
  return problems;
}

function mappingOf(value: unknown): Mapping | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : null;
}
