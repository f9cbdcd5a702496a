import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { functionNamePattern } from "@tidegate/host";

/**
 * The folder of the app a file belongs to: the nearest one upward with a `package.json`.
 *
 * @param folder folder of the file, absolute
 * @returns the app's folder; `folder` itself when there is no `package.json`
 */
export function appFolder(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
    if (dirname(at) === at) return folder;
  }
}

/**
 * The name of a function whose owner gave none: that of the app's folder, in the letters a name may have.
 *
 * @param folder the app's folder, absolute
 * @returns such as "mini-program"; "app" when nothing of the name is left
 */
export function functionNameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  return functionNamePattern.test(name) ? name : "app";
}
