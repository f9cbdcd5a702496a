import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where the addon may be: compiled by node-gyp for this very system first, else prebuilt. */
const CANDIDATES = ["build/Release/fork.node", `prebuilds/${process.platform}-${process.arch}/fork.node`];

/**
 * Path of the native addon for this system.
 *
 * @returns null where there is none: not Linux, or neither prebuilt nor compiled
 */
export function addonPath(): string | null {
  if (process.platform !== "linux") return null;
  const paths = CANDIDATES.map((path) => fileURLToPath(new URL(`../${path}`, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? null;
}
