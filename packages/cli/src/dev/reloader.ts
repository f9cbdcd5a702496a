/** Reloads one thing after another: while a reload runs, further wishes become one more. */
export interface Reloader {
  /** Asks for a reload because of these files. */
  request(files: readonly string[]): void;
  /** Resolves when nothing is left to do. */
  settled(): Promise<void>;
}

/**
 * Makes a reloader.
 *
 * @param reload does it; must not reject
 */
export function createReloader(reload: (files: readonly string[]) => Promise<void>): Reloader {
  let waiting: Set<string> | null = null;
  let running: Promise<void> | null = null;
  const work = async (): Promise<void> => {
    while (waiting !== null) {
      const files = [...waiting];
      waiting = null;
      await reload(files);
    }
    running = null;
  };
  return {
    request: (files) => {
      waiting = new Set([...(waiting ?? []), ...files]);
      running ??= work();
    },
    settled: async () => {
      await running;
    },
  };
}
