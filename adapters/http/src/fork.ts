/** Tidegate's host looks for the callbacks in a set under this key of `globalThis`. */
const registry = Symbol.for("tidegate.onFork");

type Registry = { [registry]?: Set<() => void> };

/**
 * Calls back in every process that is forked from the one which calls this. On Linux, Tidegate's host loads an app once and
 * forks instances of it right before the app does something that only one process may: listen, connect, open a file for
 * writing, draw random numbers. What the app computed before is the same in all instances; this is the place to compute it
 * again where it must not be: an id of the instance made of the time, say.
 *
 * The callback runs once an instance is wanted, when its process id, clocks and random numbers are its own, and before the app
 * goes on. Where nothing is forked (plain Node, a cloud, other systems) it is never called.
 *
 * @param callback - what it throws is an uncaught exception of the instance; a promise it returns is not waited for
 * @returns takes the callback back
 * @example
 * let startedAt = Date.now();
 * onFork(() => { startedAt = Date.now(); });
 */
export function onFork(callback: () => void): () => void {
  const holder = globalThis as Registry;
  holder[registry] ??= new Set();
  const callbacks = holder[registry];
  // A function of its own, so that one callback may be registered more than once.
  const entry = (): void => callback();
  callbacks.add(entry);
  return () => {
    callbacks.delete(entry);
  };
}
