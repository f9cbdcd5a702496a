import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TidegateError } from "@tidegate/core";
import type { HostOptions } from "../host-options.ts";

/** Name of the configuration file that is looked for. */
export const configFileName = "tidegate.yaml";

/** Where the JSON Schema of `tidegate.yaml` is published. */
export const configSchemaUrl = "https://unpkg.com/tidegate/dist/tidegate.schema.json";

/**
 * Reads a `tidegate.yaml`.
 *
 * @param path the file, relative to `cwd`; messages show it as it is given here
 * @param cwd folder that `path` is relative to. Default: the process's working directory
 * @returns options of a host; paths are absolute, what the file does not say is unset
 * @throws TIDEGATE_CONFIG_NOT_FOUND when the file cannot be read
 * @throws TIDEGATE_CONFIG_INVALID with every problem on a line of its own: `tidegate.yaml:12:5
 * functions.shop.concurrency: expected a whole number from 1 to 1000000, got "many"`
 *
 * @example
 * const host = createHost(await loadConfig("tidegate.yaml"));
 */
export async function loadConfig(path: string, cwd: string = process.cwd()): Promise<HostOptions> {
  const file = resolve(cwd, path);
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const state = cause.code === "ENOENT" ? "no such file" : cause.message;
    throw new TidegateError("TIDEGATE_CONFIG_NOT_FOUND", `Cannot read the configuration "${path}": ${state}`, {
      cause,
    });
  });
  // Loaded late: the parser and the schema take as long to load as all the rest, and a host without a file needs neither.
  const { parseConfig } = await import("./parse-config.ts");
  return parseConfig(text, file, path);
}
