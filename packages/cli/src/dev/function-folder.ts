import { dirname } from "node:path";
import type { FunctionOptions } from "@tidegate/host";
import { appFolder } from "../target/app-folder.ts";

/**
 * The folder with a function's sources, absolute: that of its entry's `package.json`, else the entry's own; for a
 * command its working directory.
 */
export function functionFolder({ entry, cwd }: FunctionOptions): string {
  return entry.kind === "node" ? appFolder(dirname(entry.file)) : (cwd ?? process.cwd());
}
