import type { Entry } from "@tidegate/core";
import { optionName, splitNodeOptions } from "./node-options.ts";

const debugs = "debuggers need a process that loads the app itself";
const observes = "what it observes began in another process";
const restricts = "a template could not do its own work under it";
const replaces = "it makes Node run something else than the entry";
const shares = "instances would share what each must have for itself";
const freezes = "what an app draws at random could not be watched";
const threads = "it starts a thread, which no fork takes along";

/** Node's options that keep an app from being forked, and why. Names begin so: `inspect` is also `inspect-brk`. */
const unfit: readonly (readonly [name: RegExp, why: string])[] = [
  [/^inspect(-|$)|^debug(-|$)|^experimental-network-inspection$|^experimental-worker-inspection$/, debugs],
  [/^(cpu|heap)-prof(-|$)|^prof$|^ll-prof$|^perf-(basic-)?prof(-|$)/, observes],
  [/^log(file)?(-|$)|^redirect-code-traces|^trace-events?-|^experimental-test-coverage$/, observes],
  [/^(experimental-)?permission(-|$)/, restricts],
  [/^watch(-|$)|^test(-|$)|^experimental-test-isolation$/, replaces],
  [/^(eval|print|check|interactive|run|version|help|v8-options|completion-bash|prof-process)$/, replaces],
  [/^-(e|p|pe|c|i|v|h)$/, replaces],
  [/^build-(snapshot|sea)|^snapshot-blob$|^experimental-sea-config$/, replaces],
  [/^report-on-signal$|^trace-sigint$/, threads],
  [/^(experimental-)?loader$/, threads],
  [/^v8-pool-size$|^no-single-threaded$/, threads],
  [/^random-seed$|^predictable$|^localstorage-file$/, shares],
  [/^frozen-intrinsics$/, freezes],
  [/^experimental-(default-)?config-file$/, "the options in that file are not known"],
];

/** Variables that set the same as an option. */
const unfitVariables: Readonly<Record<string, string>> = { NODE_V8_COVERAGE: observes };

/**
 * Says why instances of an entry cannot be forked whatever its app does, as far as its kind, the flags of Node in it and in
 * `NODE_OPTIONS` tell. What these load (`--import`, `--require`) shows while the template loads it.
 *
 * @param env environment of the instances: the host's own, and the function's
 * @returns null when nothing speaks against it
 */
export function whyNotForkable(entry: Entry, env: Readonly<Record<string, string | undefined>>): string | null {
  if (entry.kind !== "node") return "its entry is a command, and only Node programs can be forked";
  const own = whyNot(entry.nodeArgs ?? []);
  if (own !== null) return `Node's option "${own.option}": ${own.why}`;
  const inherited = whyNot(splitNodeOptions(env.NODE_OPTIONS ?? ""));
  if (inherited !== null) return `"${inherited.option}" in NODE_OPTIONS: ${inherited.why}`;
  const variable = Object.keys(unfitVariables).find((name) => (env[name] ?? "") !== "");
  return variable === undefined ? null : `the variable ${variable} is set: ${unfitVariables[variable]}`;
}

function whyNot(options: readonly string[]): { readonly option: string; readonly why: string } | null {
  for (const option of options) {
    const name = optionName(option);
    const found = name === null ? undefined : unfit.find(([pattern]) => pattern.test(name));
    if (found !== undefined) return { option, why: found[1] };
  }
  return null;
}
