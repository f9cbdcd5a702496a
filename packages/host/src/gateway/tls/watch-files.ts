import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

/** A change of a certificate and its key is two changes of files: both are awaited, in milliseconds. */
const debounceMs = 200;

/** Some file systems tell no changes: the files are looked at in any case after this many milliseconds. */
const lookAgainMs = 60_000;

export interface FileWatch {
  stop(): void;
}

/**
 * Tells when files may have changed. Their folders are watched: certificates are renewed by putting new files, or links
 * to them, in the place of the old ones.
 */
export function watchFiles(files: readonly string[], onChange: () => void): FileWatch {
  let timer: NodeJS.Timeout | null = null;
  const changed = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(onChange, debounceMs).unref();
  };
  const watchers = [...new Set(files.map(dirname))].map((folder) => watchFolder(folder, changed));
  const interval = setInterval(onChange, lookAgainMs).unref();
  return {
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      clearInterval(interval);
      for (const watcher of watchers) watcher?.close();
    },
  };
}

/** Null where a folder cannot be watched: it is looked at all the same. */
function watchFolder(folder: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
