import { TidegateError } from "@tidegate/core";
import { adminDir, askHosts, HostError, type HostReport } from "@tidegate/host";
import type { Arguments } from "../arguments/parse-arguments.ts";
import { exitCode } from "../errors.ts";
import { type ExplainedFunction, explain as explanationOf } from "../explain/explanation.ts";
import { explanationJson } from "../explain/explanation-json.ts";
import { explanationText } from "../explain/explanation-text.ts";
import { servedFunctions } from "../explain/served-functions.ts";
import { tryApp } from "../explain/try-app.ts";
import type { Io } from "../io.ts";
import { createPaint } from "../output/paint.ts";
import { targetOptions } from "../target/target-options.ts";
import type { Command } from "./command.ts";
import { tellSilentHosts } from "./silent-hosts.ts";

/** `tidegate explain`. */
export const explain: Command = {
  usage: "[NAME | ENTRY] [options] [-- arguments]",
  description: `Tells how instances start: where they are forked, how much of the load time they share and what to move to gain
more, or why they are not forked.

NAME is a function of a running host; default: all functions of all hosts that this user runs on this machine.
Anything else is an ENTRY, as \`tidegate serve\` takes it, and is tried without a host: its template is built, instances
are forked from it, plain processes are started for comparison, and all is ended. That runs the app's own code.`,
  options: {
    config: { kind: "value", value: "FILE", description: "Configuration file whose functions are tried" },
    json: {
      kind: "flag",
      description: "Print an array of { function, revision, host, start, template, processMs, advice }",
    },
  },
  examples: [
    ["tidegate explain", "All functions of the running hosts"],
    ["tidegate explain shop", "One of them"],
    ["tidegate explain server.js", "Try an app that is not served now"],
    ["tidegate explain . --json", "The app of this folder, for a script"],
  ],
  exitCodes: [
    [exitCode.ok, "Explained, also when a function cannot be forked"],
    [exitCode.failed, "An app that was tried does not start, or a host did not answer"],
    [exitCode.usage, "Wrong command line, missing entry, or no such function or host"],
    [exitCode.interrupted, "Ended by Ctrl-C or SIGTERM while an app was tried"],
  ],
  maxPositionals: 1,
  takesRest: true,
  run: async (args, io) => {
    const [name] = args.positionals;
    const isTried = args.rest !== null || args.options.has("config");
    const reports = isTried ? [] : await askRunning(name, io);
    const served = servedFunctions(reports, io.cwd);
    if (name === undefined && !isTried) {
      const isSilent = tellSilentHosts(reports, io);
      if (served.length === 0 && !isSilent) throw noHost();
      tell(served, args, io);
      return isSilent ? exitCode.failed : exitCode.ok;
    }
    const meant = served.filter((fn) => fn.name === name);
    if (meant.length > 0) {
      tell(meant, args, io);
      return exitCode.ok;
    }
    const { options } = await targetOptions(args, io).catch((error: unknown) => {
      throw alsoNaming(served, error);
    });
    const { tried, code } = await tryApp(options, io);
    tell(tried, args, io);
    return code;
  },
};

/** Where a file or folder may be meant, a folder of sockets that cannot be used is no obstacle. */
async function askRunning(name: string | undefined, io: Io): Promise<HostReport[]> {
  const asked = askHosts(adminDir(io.env));
  return name === undefined ? asked : asked.catch(() => []);
}

function tell(functions: readonly ExplainedFunction[], args: Arguments, io: Io): void {
  if (args.options.has("json")) {
    io.stdout.write(explanationJson(functions));
    return;
  }
  const hosts = new Set(functions.map(({ host }) => host?.url));
  const paint = createPaint(io);
  const texts = functions.map((fn) => {
    const { title, ...rest } = explanationOf(fn);
    const at = hosts.size > 1 && fn.host !== null ? ` (host at ${fn.host.url}, pid ${fn.host.pid})` : "";
    return explanationText({ ...rest, title: title + at }, paint);
  });
  io.stdout.write(texts.join("\n"));
}

function noHost(): HostError {
  const hint = "name an app to try it without one, such as `tidegate explain server.js`";
  return new HostError("TIDEGATE_HOST_NOT_FOUND", `Cannot tell how instances start: this user runs no host; ${hint}`);
}

/** A misspelt function is looked for as a file: then its name would help. */
function alsoNaming(served: readonly ExplainedFunction[], error: unknown): unknown {
  const isMissing = error instanceof TidegateError && error.code === "TIDEGATE_ENTRY_NOT_FOUND";
  if (!isMissing || served.length === 0) return error;
  const names = served.map(({ name }) => name).join(", ");
  const message = `${error.message}; functions of running hosts: ${names}`;
  return new HostError("TIDEGATE_ENTRY_NOT_FOUND", message, { cause: error });
}
