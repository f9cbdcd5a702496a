/** Callbacks that an app registered with `onFork` of `@tidegate/http` stand in a set under this key of `globalThis`. */
const registry = Symbol.for("tidegate.onFork");

/** Tells the app that it is an instance of its own now. What a callback throws is an uncaught exception of the app. */
export function callForkCallbacks(): void {
  const callbacks = (globalThis as { [registry]?: unknown })[registry];
  if (!(callbacks instanceof Set)) return;
  for (const callback of callbacks as Set<() => unknown>) {
    try {
      callback();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}
