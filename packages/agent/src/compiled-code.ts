import * as nodeModule from "node:module";

/** The compile cache is written this long after the start, in milliseconds, when the first requests are likely served. */
const flushDelayMs = 1_000;

/** Writes what was compiled to the compile cache, a moment from now. */
export function keepCompiledCode(): void {
  // Node writes the cache at a normal exit only, and instances end by a signal.
  setTimeout(() => nodeModule.flushCompileCache(), flushDelayMs).unref();
}
