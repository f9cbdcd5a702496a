import { access, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { TidegateError } from "@tidegate/core";
import { configFileName } from "@tidegate/host";
import { exitCode } from "../errors.ts";
import { configText } from "../init/config-text.ts";
import { type DetectedApp, detectApp } from "../init/detect-app.ts";
import { appFolder, functionNameOf } from "../target/app-folder.ts";
import type { Command } from "./command.ts";

/** `tidegate init`. */
export const init: Command = {
  usage: "[DIR] [options]",
  description: `Looks at the app in a folder and writes a ${configFileName} for it. Default: the current folder.`,
  options: {
    force: { kind: "flag", description: `Overwrite a ${configFileName} that is there` },
    json: { kind: "flag", description: "Print { file, function, framework, entry | command } instead of text" },
  },
  examples: [
    ["tidegate init", `Write ${configFileName} for the app in this folder`],
    ["tidegate init api --force", "For the app in the folder api, overwriting what is there"],
  ],
  exitCodes: [
    [exitCode.ok, `${configFileName} is written`],
    [exitCode.failed, `No app was found, or there is a ${configFileName} already`],
    [exitCode.usage, "Wrong command line"],
  ],
  maxPositionals: 1,
  takesRest: false,
  run: async (args, io) => {
    const folder = resolve(io.cwd, args.positionals[0] ?? ".");
    const file = join(folder, configFileName);
    const shown = relative(io.cwd, file);
    const app = await detect(folder);
    const name = functionNameOf(appFolder(folder));
    await write(file, shown, configText(name, app), args.options.has("force"));
    const { framework, run } = app;
    if (args.options.has("json"))
      io.stdout.write(`${JSON.stringify({ file, function: name, framework, ...run }, null, 2)}\n`);
    else io.stdout.write(nextSteps(shown, name, app, io.env));
    return exitCode.ok;
  },
};

async function detect(folder: string): Promise<DetectedApp> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  const app = isThere ? await detectApp(folder) : null;
  if (app !== null) return app;
  const state = isThere ? "no package.json that names one, no server, app or index file" : "there is no such folder";
  throw new TidegateError("TIDEGATE_APP_UNKNOWN", `Cannot find an app in "${folder}": ${state}`);
}

/** With "wx" the file system itself refuses to overwrite, without a moment between looking and writing. */
async function write(file: string, shown: string, text: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: isForced ? "w" : "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new TidegateError("TIDEGATE_FILE_EXISTS", `Cannot write "${shown}": the file is there already`, { cause });
  }
}

function nextSteps(
  shown: string,
  name: string,
  { framework, run, before }: DetectedApp,
  env: NodeJS.ProcessEnv,
): string {
  const what = "entry" in run ? run.entry : run.command.join(" ");
  const target = shown === configFileName ? "" : ` ${shellWord(shown)}`;
  // Who ran it by npx need not have it in PATH.
  const tidegate = env.npm_command === "exec" ? "npx tidegate" : "tidegate";
  return [
    `Wrote ${shown} with function "${name}": ${what} (${framework})`,
    "",
    "Next:",
    ...(before === null ? [] : [`  ${before}`]),
    `  ${tidegate} dev${target}     work on it: every change makes a new revision`,
    `  ${tidegate} serve${target}   serve it: instances follow the requests`,
    "",
  ].join("\n");
}

/** A path as it can be typed into a shell. */
function shellWord(path: string): string {
  return /^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
