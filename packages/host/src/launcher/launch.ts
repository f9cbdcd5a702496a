import { launchCommand } from "./command-process.ts";
import type { Launch } from "./launcher.ts";
import { launchNode } from "./node-process.ts";

/** Starts a process by what the function's entry is. */
export const launch: Launch = async (options) => {
  const { entry } = options.function;
  return entry.kind === "node" ? launchNode(entry, options) : launchCommand(entry, options);
};
