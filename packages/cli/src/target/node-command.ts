import { splitCommand } from "@tidegate/host";

/** A command line of the form `NAME=value node --flag FILE argument`, taken apart. */
export interface NodeCommand {
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArgs: readonly string[];
  readonly file: string;
  readonly args: readonly string[];
}

/** Flags of Node that take the word after them as their value. */
const flagsWithValue: ReadonlySet<string> = new Set([
  "-r",
  "--require",
  "--import",
  "--loader",
  "--experimental-loader",
  "-C",
  "--conditions",
  "--env-file",
  "--env-file-if-exists",
  "--title",
]);

/**
 * Reads a `start` script that runs one file with Node.
 *
 * @param line the script
 * @returns null for any other script: one that needs a shell, another program, or a Node without a file
 *
 * @example
 * parseNodeCommand("NODE_ENV=production node --enable-source-maps server.js"); // file: "server.js"
 */
export function parseNodeCommand(line: string): NodeCommand | null {
  const words = [...(splitCommand(line) ?? [])];
  const env: Record<string, string> = {};
  const nodeArgs: string[] = [];
  for (let pair = assignment(words[0]); pair !== null; pair = assignment(words[0])) {
    env[pair.name] = pair.value;
    words.shift();
  }
  if (words.shift() !== "node") return null;
  while (words[0]?.startsWith("-")) {
    const flag = words.shift() ?? "";
    nodeArgs.push(flag);
    if (flagsWithValue.has(flag)) nodeArgs.push(words.shift() ?? "");
  }
  const [file, ...args] = words;
  const runsNoFile = nodeArgs.some((flag) => /^(-e|--eval|-p|--print|--test|--run|-)(=|$)/.test(flag));
  return file === undefined || runsNoFile ? null : { env, nodeArgs, file, args };
}

function assignment(word: string | undefined): { name: string; value: string } | null {
  const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(word ?? "");
  return match === null ? null : { name: match[1] ?? "", value: match[2] ?? "" };
}
