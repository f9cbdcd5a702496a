import type { Command, CommandEntry } from "../commands/command.ts";
import { commonOptions, type Option, type Options } from "./option.ts";

/** The help of one command. */
export function commandHelp(name: string, command: Command): string {
  return sections([
    ["", [command.description]],
    ["Usage", [`tidegate ${name} ${command.usage}`]],
    ["Options", columns(optionRows({ ...command.options, ...commonOptions }))],
    ["Examples", columns(command.examples)],
    ["Exit codes", columns(command.exitCodes.map(([code, meaning]) => [String(code), meaning] as const))],
  ]);
}

/** The overview of all commands. */
export function overviewHelp(commands: Readonly<Record<string, CommandEntry>>): string {
  return sections([
    ["", ["Tidegate runs the web app you already have as a serverless function."]],
    ["Usage", ["tidegate COMMAND [arguments] [options]"]],
    ["Commands", columns(Object.entries(commands).map(([name, { summary }]) => [name, summary] as const))],
    [
      "Options",
      columns([
        ["-h, --help", "Show this help; after a command, the help of that command"],
        ["-v, --version", "Show the version"],
      ]),
    ],
    ["Examples", columns([["tidegate serve server.js", "Serve a program at http://localhost:3000"]])],
  ]);
}

function optionRows(options: Options): (readonly [string, string])[] {
  return Object.entries(options).map(([name, option]) => {
    const meaning =
      option.default === undefined ? option.description : `${option.description} (default: ${option.default})`;
    return [`${name === "help" ? "-h, " : ""}--${name}${valueText(option)}`, meaning] as const;
  });
}

function valueText({ kind, value = "VALUE" }: Option): string {
  if (kind === "flag") return "";
  return kind === "optional-value" ? `[=${value}]` : ` ${value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}

function sections(parts: readonly (readonly [title: string, lines: readonly string[]])[]): string {
  return parts
    .map(([title, lines]) =>
      title === "" ? lines.join("\n") : [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n"),
    )
    .join("\n\n")
    .concat("\n");
}
