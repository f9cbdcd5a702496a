import { stat } from "node:fs/promises";
import { dirname, extname, join, relative, resolve } from "node:path";
import { configFileName } from "@tidegate/host";
import { usageError } from "../errors.ts";
import { appFolder } from "./app-folder.ts";
import { parseNodeCommand } from "./node-command.ts";
import { findModule, findUsualEntry, isNodeFile, usualEntries } from "./node-file.ts";
import { appNotFound, entryNotFound } from "./not-found.ts";
import { readPackageJson } from "./package-json.ts";
import type { Target } from "./target.ts";

/** Programs that run files of other languages, by extension: only to say how such a file is served. */
const interpreters: Readonly<Record<string, string>> = {
  ".py": "python3",
  ".rb": "ruby",
  ".php": "php",
  ".pl": "perl",
  ".sh": "sh",
  ".jar": "java -jar",
};

/**
 * Finds out what is to be served.
 *
 * @param entry a file, a folder or a `tidegate.yaml`; undefined for the current folder, or the command in `rest`
 * @param rest what stood after `--`: a Node program's arguments, or without an entry a command; null without `--`
 * @param cwd folder that paths are relative to, absolute
 * @throws TIDEGATE_ENTRY_NOT_FOUND with what was looked for and what is there
 * @throws TIDEGATE_USAGE for a file that Node does not run, and for arguments nothing takes
 */
export async function resolveTarget(
  entry: string | undefined,
  rest: readonly string[] | null,
  cwd: string,
): Promise<Target> {
  const [program, ...args] = rest ?? [];
  if (entry === undefined && program !== undefined) {
    return { kind: "entry", entry: { kind: "command", command: [program, ...args] }, cwd, env: {}, folder: cwd };
  }
  if (entry === undefined && rest !== null) throw usageError('Expected a command after "--"');
  const target = await find(entry ?? ".", cwd);
  if (program === undefined) return target;
  if (target.kind === "config" || target.entry.kind === "command") {
    throw usageError(`Cannot pass arguments to "${entry ?? "."}": write them in ${configFileName}`);
  }
  return { ...target, entry: { ...target.entry, args: [...(target.entry.args ?? []), ...(rest ?? [])] } };
}

async function find(given: string, cwd: string): Promise<Target> {
  const path = resolve(cwd, given);
  const stats = await stat(path).catch(() => null);
  if (stats?.isDirectory()) return findInFolder(path, cwd);
  if (/\.ya?ml$/.test(path)) return { kind: "config", file: given, folder: dirname(path) };
  if (stats?.isFile()) {
    if (isNodeFile(path)) return nodeTarget(path, cwd, dirname(path));
    throw notForNode(given);
  }
  // As `node server` finds server.js.
  const found = findModule(cwd, given);
  if (found === null) throw await entryNotFound(given, cwd);
  return nodeTarget(resolve(cwd, found), cwd, dirname(path));
}

async function findInFolder(folder: string, cwd: string): Promise<Target> {
  const configFile = join(folder, configFileName);
  if ((await stat(configFile).catch(() => null))?.isFile()) {
    return { kind: "config", file: relative(cwd, configFile), folder };
  }
  const manifest = await readPackageJson(folder);
  const start = manifest?.startScript == null ? null : parseNodeCommand(manifest.startScript);
  const started = start === null ? null : findModule(folder, start.file);
  if (start !== null && started !== null) {
    const { args, nodeArgs, env } = start;
    const entry = { kind: "node", file: join(folder, started), args, nodeArgs } as const;
    return { kind: "entry", entry, cwd: folder, env, folder };
  }
  const main = manifest?.main == null ? null : findModule(folder, manifest.main);
  const found = main ?? findUsualEntry(folder);
  if (found !== null) return nodeTarget(join(folder, found), folder, folder);
  throw await appNotFound(folder, [
    configFileName,
    'a package.json with "main" or a "start" script "node FILE"',
    ...usualEntries.map((name) => `${name}.js`),
  ]);
}

function nodeTarget(file: string, cwd: string, folder: string): Target {
  return { kind: "entry", entry: { kind: "node", file }, cwd, env: {}, folder: appFolder(folder) };
}

function notForNode(given: string): Error {
  const interpreter = interpreters[extname(given)];
  const command = interpreter === undefined ? `./${given.replace(/^\.\//, "")}` : `${interpreter} ${given}`;
  return usageError(
    `Cannot serve "${given}": Node does not run it; put a command in another language after "--": tidegate serve -- ${command}`,
  );
}
