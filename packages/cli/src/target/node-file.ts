import { existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";

/** Extensions of files that Node runs. */
const nodeExtensions: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"]);

/** Where an app without a `package.json` that says it usually starts, best first. */
export const usualEntries: readonly string[] = [
  "server",
  "app",
  "index",
  "main",
  "src/server",
  "src/app",
  "src/index",
  "src/main",
];

/** Whether Node runs files of this name. */
export function isNodeFile(file: string): boolean {
  return nodeExtensions.has(extname(file));
}

/**
 * Finds a module as `node FILE` does: the file itself, with an extension added, or the index of a folder.
 *
 * @param folder absolute folder that `name` is relative to
 * @param name the file as it is written
 * @returns the file relative to `folder` as written, with what was added; null when there is none
 */
export function findModule(folder: string, name: string): string | null {
  const candidates = [name, ...[...nodeExtensions].map((extension) => name + extension), join(name, "index.js")];
  return candidates.find((candidate) => isFile(join(folder, candidate))) ?? null;
}

/** The first of the usual entries in a folder; null when there is none. */
export function findUsualEntry(folder: string): string | null {
  for (const name of usualEntries) {
    for (const extension of nodeExtensions) {
      if (existsSync(join(folder, name + extension))) return name + extension;
    }
  }
  return null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
