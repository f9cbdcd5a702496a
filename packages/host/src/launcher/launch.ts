import { launchCommand } from "./command-process.ts";
import { launchError } from "./launch-error.ts";
import type { Launch } from "./launcher.ts";
import { launchNode } from "./node-process.ts";

/** Starts a process by what the function's entry is. */
export const launch: Launch = async (options) => {
  const { entry, name } = options.function;
  try {
    return entry.kind === "node" ? launchNode(entry, options) : await launchCommand(entry, options);
  } catch (cause) {
    throw launchError(options.instance, name, cause as NodeJS.ErrnoException);
  }
};
