import type { Options } from "../arguments/option.ts";
import type { Arguments } from "../arguments/parse-arguments.ts";
import type { Io } from "../io.ts";

/** One command of `tidegate`. */
export interface Command {
  /** What follows `tidegate` and the command's name, such as "[DIR] [options]". */
  readonly usage: string;
  /** What it does, in a few lines. */
  readonly description: string;
  readonly options: Options;
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  /** Exit codes and when they come. */
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[];
  /** Most arguments besides options and what stands after `--`. */
  readonly maxPositionals: number;
  /** Whether arguments may follow after `--`. */
  readonly takesRest: boolean;
  /** Runs it; resolves with the exit code. */
  run(args: Arguments, io: Io): Promise<number>;
}

/** A command's place in the table: what the overview needs, and how to load the rest. */
export interface CommandEntry {
  readonly summary: string;
  load(): Promise<Command>;
}
