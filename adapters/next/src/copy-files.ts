import { copyFile, cp, lstat, mkdir, readlink, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import type { FileMap } from "./traced-files.ts";

const AT_ONCE = 64;

/**
 * Copies files to their places below a folder. Links stay links, and stay relative: package managers build
 * `node_modules` of them, and a package that is found at two places is loaded twice.
 *
 * @param files see {@link FileMap}
 * @param folder absolute path; made if need be
 */
export async function copyFiles(files: FileMap, folder: string): Promise<void> {
  const waiting = [...files].map(([place, source]) => ({ source, target: join(folder, place) }));
  while (waiting.length > 0) await Promise.all(waiting.splice(0, AT_ONCE).map(copyOne));
}

async function copyOne({ source, target }: { source: string; target: string }): Promise<void> {
  // A trace may name what was never made, such as an optional native module.
  const stats = await lstat(source).catch(ignoreMissing);
  if (stats === undefined) return;
  await mkdir(dirname(target), { recursive: true });
  if (stats.isSymbolicLink()) {
    const link = await readlink(source);
    await symlink(isAbsolute(link) ? relative(dirname(source), link) : link, target).catch(ignoreExisting);
  } else if (stats.isFile()) await copyFile(source, target);
}

/**
 * Copies a folder with all that is in it.
 *
 * @param isWanted tells by a path below the folder whether to copy it; everything, by default
 */
export async function copyFolder(
  source: string,
  target: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<void> {
  const filter = (path: string): boolean => isWanted(relative(source, path));
  await cp(source, target, { recursive: true, verbatimSymlinks: true, filter }).catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function ignoreExisting(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EEXIST") throw error;
}
