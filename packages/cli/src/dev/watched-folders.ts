import type { FunctionOptions } from "@tidegate/host";
import { functionFolder } from "./function-folder.ts";
import { type SourceWatch, watchSources } from "./watch-sources.ts";

/** The folders that are watched, each once. */
export interface WatchedFolders {
  /** Watches the folders of functions, too. Resolves once every change in them is noticed. */
  addFunctions(functions: readonly FunctionOptions[]): Promise<void>;
  /** Watches a folder, too. */
  add(folder: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Watches nothing yet.
 *
 * @param onChange told the changed files, absolute
 * @param onNote told where the system does not let it watch
 */
export function createWatchedFolders(
  onChange: (files: readonly string[]) => void,
  onNote: (message: string) => void,
): WatchedFolders {
  const watches = new Map<string, SourceWatch>();
  const watch = async (root: string, entry: string | null): Promise<void> => {
    if (watches.has(root)) return;
    const made = watchSources(root, entry, onChange, (error) => onNote(`Cannot watch "${root}": ${error.message}`));
    watches.set(root, made);
    await made.ready;
  };
  return {
    add: (folder) => watch(folder, null),
    addFunctions: async (functions) => {
      await Promise.all(
        functions.map((fn) => watch(functionFolder(fn), fn.entry.kind === "node" ? fn.entry.file : null)),
      );
    },
    stop: async () => {
      await Promise.all([...watches.values()].map((each) => each.stop()));
    },
  };
}
