import { closest } from "@tidegate/host";
import { commandHelp, overviewHelp } from "./arguments/help.ts";
import { parseArguments } from "./arguments/parse-arguments.ts";
import type { Command } from "./commands/command.ts";
import { commands } from "./commands/table.ts";
import { describeError } from "./describe-error.ts";
import { exitCode, exitCodeOf, usageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { version } from "./version.ts";

/**
 * Runs the `tidegate` command.
 *
 * @param argv arguments, without Node and the script
 * @param io where to read and write
 * @returns the exit code: 0 done, 1 failed, 2 wrong command line or configuration, 130 ended by a second Ctrl-C
 *
 * @example
 * process.exitCode = await run(["serve", "server.js"], processIo());
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    io.stderr.write(describeError(error));
    // A host that is to take over tells the one before why it does not, which then tells whoever asked for it.
    await io.takeover()?.failed(error);
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name = "--help", ...args] = argv;
  if (name === "--help" || name === "-h" || name === "help") return help(args[0], io);
  if (name === "--version" || name === "-v") {
    io.stdout.write(`${await version()}\n`);
    return exitCode.ok;
  }
  const command = await load(name);
  const parsed = parseArguments(args, command.options);
  if (parsed.options.has("help")) return help(name, io);
  if (parsed.positionals.length > command.maxPositionals) {
    throw usageError(`Unexpected argument ${JSON.stringify(parsed.positionals[command.maxPositionals])}`);
  }
  if (parsed.rest !== null && !command.takesRest) throw usageError('Unexpected "--"');
  return command.run(parsed, io);
}

async function help(name: string | undefined, io: Io): Promise<number> {
  const text =
    name === undefined || name.startsWith("-") ? overviewHelp(commands) : commandHelp(name, await load(name));
  io.stdout.write(text);
  return exitCode.ok;
}

async function load(name: string): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return entry.load();
  const kind = name.startsWith("-") ? "option" : "command";
  const meant = closest(name, Object.keys(commands));
  throw usageError(`Unknown ${kind} "${name}"${meant === null ? "" : `; did you mean "${meant}"?`}`);
}
