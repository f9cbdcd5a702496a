import { readdir } from "node:fs/promises";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { TidegateError } from "@tidegate/core";
import { closest, configFileName } from "@tidegate/host";
import { isNodeFile } from "./node-file.ts";

/** Most files named in a message. */
const shownFiles = 6;

/**
 * Makes the error of an entry that does not exist: what was looked for, and which files there may have been meant.
 *
 * @param given the entry as it was written
 * @param cwd folder it is relative to, absolute
 */
export async function entryNotFound(given: string, cwd: string): Promise<TidegateError> {
  const path = resolve(cwd, given);
  const folder = dirname(path);
  const names = await entryNamesIn(folder);
  if (names === null) return notFound(`Cannot serve "${given}": there is no folder "${shown(folder, cwd)}"`);
  const state = `Cannot serve "${given}": no such file in "${shown(folder, cwd)}"`;
  const stem = basename(path, extname(path));
  const meant = names.find((name) => basename(name, extname(name)) === stem) ?? closest(basename(path), names);
  if (meant !== null) return notFound(`${state}; did you mean "${relative(cwd, resolve(folder, meant)) || meant}"?`);
  return notFound(`${state}; ${filesText(names)}`);
}

/**
 * Makes the error of a folder in which nothing can be served.
 *
 * @param folder the folder, absolute
 * @param lookedFor what was looked for, in words
 */
export async function appNotFound(folder: string, lookedFor: readonly string[]): Promise<TidegateError> {
  const names = (await entryNamesIn(folder)) ?? [];
  return notFound(`Cannot serve folder "${folder}": looked for ${lookedFor.join(", ")}; ${filesText(names)}`);
}

/** Names in a folder that can be an entry; null when there is no such folder. */
async function entryNamesIn(folder: string): Promise<string[] | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (entries === null) return null;
  return entries
    .filter((entry) => entry.isFile() && (isNodeFile(entry.name) || entry.name === configFileName))
    .map((entry) => entry.name)
    .filter((name) => !/\.(test|spec|config|d)\.\w+$/.test(name))
    .sort();
}

function filesText(names: readonly string[]): string {
  if (names.length === 0) return "there is no file that Node runs";
  const more = names.length > shownFiles ? `, and ${names.length - shownFiles} more` : "";
  return `there are ${names.slice(0, shownFiles).join(", ")}${more}`;
}

function shown(folder: string, cwd: string): string {
  return relative(cwd, folder).startsWith("..") ? folder : relative(cwd, folder) || cwd;
}

function notFound(message: string): TidegateError {
  return new TidegateError("TIDEGATE_ENTRY_NOT_FOUND", message);
}
