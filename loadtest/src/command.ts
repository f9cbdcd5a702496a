import { parseArgs } from "node:util";

/** A thing that can be run by name. */
export interface Runnable {
  readonly name: string;
  /** One sentence for `--help`. */
  readonly summary: string;
}

export interface RunOptions {
  /** Length in seconds; null: the runnable's own default. */
  readonly seconds: number | null;
  /** Connections of the generator; null: the runnable's own default. */
  readonly connections: number | null;
  /** Rounds of a bench; null: the bench's own default. */
  readonly rounds: number | null;
  /** Only row of a bench to measure; null: all. */
  readonly row: string | null;
  /** Told what goes on, a line at a time; goes to standard error, so that `--json` stays clean. */
  readonly log: (line: string) => void;
}

export type Command<T> =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "error"; readonly text: string }
  | {
      readonly kind: "run";
      readonly runnable: T;
      readonly isJson: boolean;
      readonly options: Omit<RunOptions, "log">;
    };

/** How one of the two commands is called. */
export interface CommandHelp<T extends Runnable> {
  /** Such as `pnpm load`. */
  readonly usage: string;
  /** What a runnable is called, such as `scenario`. */
  readonly noun: string;
  readonly runnables: readonly T[];
  /** What `--duration` means here. */
  readonly duration: string;
  /** What `--connections` means here. Default: connections of the generator. */
  readonly connections?: string;
  /** Whether `--rounds` and `--row` exist. */
  readonly hasRounds: boolean;
}

/** Reads the arguments of `load` and `bench`. */
export function parseCommand<T extends Runnable>(argv: readonly string[], help: CommandHelp<T>): Command<T> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        duration: { type: "string" },
        connections: { type: "string" },
        ...(help.hasRounds ? { rounds: { type: "string" } as const, row: { type: "string" } as const } : {}),
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help", text: helpText(help) };
    const options = {
      seconds: parseNumber("duration", values.duration, false),
      connections: parseNumber("connections", values.connections, true),
      rounds: parseNumber("rounds", values.rounds, true),
      row: typeof values.row === "string" ? values.row : null,
    };
    return { kind: "run", runnable: findRunnable(positionals, help), isJson: values.json, options };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "error", text: `${message}\nRun "${help.usage} --help" for help` };
  }
}

function findRunnable<T extends Runnable>(names: readonly string[], { noun, runnables }: CommandHelp<T>): T {
  const [name, ...others] = names;
  const known = runnables.map((runnable) => runnable.name).join(", ");
  if (name === undefined) throw new Error(`Cannot run a ${noun}: no name given, known are ${known}`);
  if (others.length > 0) throw new Error(`Cannot run more than one ${noun} at a time: "${names.join('" "')}"`);
  const found = runnables.find((runnable) => runnable.name === name);
  if (found === undefined) throw new Error(`Cannot run ${noun} "${name}": known are ${known}`);
  return found;
}

function parseNumber(option: string, text: unknown, isWhole: boolean): number | null {
  if (typeof text !== "string") return null;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value) && (!isWhole || Number.isInteger(value))) return value;
  throw new Error(`Cannot use --${option} "${text}": not a ${isWhole ? "whole " : ""}number above 0`);
}

function helpText<T extends Runnable>(help: CommandHelp<T>): string {
  const { usage, noun, runnables, duration, connections = "keep-alive connections of the generator", hasRounds } = help;
  const width = Math.max(...runnables.map(({ name }) => name.length));
  return [
    `Usage: ${usage} NAME [options]`,
    "",
    `Each ${noun} writes its numbers to loadtest/results/NAME.json.`,
    "",
    ...runnables.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Options:",
    `  --duration S     ${duration}`,
    `  --connections N  ${connections}`,
    ...(hasRounds
      ? [
          "  --rounds N       rounds of the comparison",
          "  --row NAME       measure this row or part only, and write no result",
        ]
      : []),
    "  --json           print the result as JSON",
    "  --help           print this",
  ].join("\n");
}
