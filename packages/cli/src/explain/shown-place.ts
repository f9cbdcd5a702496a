import { isAbsolute, relative } from "node:path";
import type { CodePlace } from "@tidegate/core";

/**
 * A place in code as people read it: `server.js:14`.
 *
 * @param folders the file is named relative to the first of these it lies in, else in full
 */
export function shownPlace({ file, line }: CodePlace, folders: readonly string[]): string {
  const inside = folders.map((folder) => relative(folder, file)).find((path) => isInside(path));
  return `${inside ?? file}:${line}`;
}

function isInside(path: string): boolean {
  return path !== "" && path !== ".." && !path.startsWith("../") && !isAbsolute(path);
}
