import { dirname } from "node:path";
import { watch } from "chokidar";
import { isSourceFile, isSourceFolder } from "./source-file.ts";

/** How long changes are collected after the last one, in milliseconds: editors and git write several files. */
const settleMs = 80;

export interface SourceWatch {
  /** Resolves once every change is noticed. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Watches the sources of an app.
 *
 * @param root the app's folder, absolute
 * @param entry the entry's absolute path; null for a command
 * @param onChange told the changed files, absolute, once no more have changed for a moment
 * @param onError told when the system does not let it watch
 */
export function watchSources(
  root: string,
  entry: string | null,
  onChange: (files: readonly string[]) => void,
  onError: (error: Error) => void,
): SourceWatch {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(root, {
    ignoreInitial: true,
    ignored: (path, stats) => {
      if (path === root) return false;
      if (stats?.isFile()) return !isSourceFile(path) && path !== entry;
      return !isSourceFolder(stats === undefined ? dirname(path) : path, root, entry);
    },
  });
  watcher.on("all", (event, path) => {
    if (event === "addDir" || event === "unlinkDir") return;
    // A file that is gone has no stats to be ignored by.
    if (!isSourceFile(path) && path !== entry) return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed].sort();
      changed.clear();
      onChange(files);
    }, settleMs);
  });
  watcher.on("error", (error) => onError(error instanceof Error ? error : new Error(String(error))));
  return {
    ready: new Promise((resolve) => watcher.once("ready", () => resolve())),
    stop: async () => {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
