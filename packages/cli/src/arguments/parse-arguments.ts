import { parseArgs } from "node:util";
import { closest } from "@tidegate/host";
import { usageError } from "../errors.ts";
import { commonOptions, type Option, type Options } from "./option.ts";

/** A command's arguments, read by its table of options. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** What stands after `--`; null without one. */
  readonly rest: readonly string[] | null;
  /** Options given: a flag, or an optional value left out, is "". */
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Reads arguments by a table of options. The last of repeated options counts, but of those of kind "values" all do.
 *
 * @param argv arguments behind the command's name
 * @param options the command's options; `--help` and `-h` are added
 * @throws TIDEGATE_USAGE for an unknown option, with the one it may have meant, and for values missing or not taken
 */
export function parseArguments(argv: readonly string[], options: Options): Arguments {
  const end = argv.indexOf("--");
  const known: Options = { ...options, ...commonOptions };
  const { tokens } = parseArgs({
    args: [...(end === -1 ? argv : argv.slice(0, end))],
    // An unknown option is told of here, with a suggestion; parseArgs would only name it.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(
        Object.entries(known).map(
          ([name, { kind }]) => [name, { type: kind === "value" || kind === "values" ? "string" : "boolean" }] as const,
        ),
      ),
      help: { type: "boolean", short: "h" },
    },
  });
  const positionals: string[] = [];
  const values = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    const value = readValue(name, rawName, token.value, known);
    const before = known[name]?.kind === "values" ? values.get(name) : undefined;
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return { positionals, rest: end === -1 ? null : argv.slice(end + 1), options: values };
}

function readValue(name: string, rawName: string, value: string | undefined, known: Options): string {
  const option: Option | undefined = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) {
    const meant = closest(name, Object.keys(known));
    throw usageError(`Unknown option "${rawName}"${meant === null ? "" : `; did you mean "--${meant}"?`}`);
  }
  if (option.kind === "flag" && value !== undefined) {
    throw usageError(`Cannot read option "${rawName}": it takes no value, got ${JSON.stringify(value)}`);
  }
  if ((option.kind === "value" || option.kind === "values") && (value === undefined || value === "")) {
    throw usageError(`Cannot read option "${rawName}": expected ${option.value ?? "a value"} after it`);
  }
  return value ?? "";
}
