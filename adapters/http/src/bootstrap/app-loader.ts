import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Loads an app once for all calls.
 *
 * Calls that come while a run is under way share it. A run that failed is told to every call that waited for it; the
 * next call starts another run. So does the first one, when the run ahead of it failed with nobody waiting: it is told
 * what is the matter now, and not what was when the module loaded.
 */
export class AppLoader<T> {
  // A factory may run inside the first invocation, and what it opens (pools, timers) must not keep that invocation's
  // AsyncLocalStorage: it would be found by all later ones.
  readonly #outside: <R>(run: () => R) => R = AsyncLocalStorage.snapshot();
  readonly #run: () => Promise<T>;
  #attempt: Promise<T> | undefined;
  #isFailed = false;

  /** @param run loads the app; called again after a failure */
  constructor(run: () => Promise<T>) {
    this.#run = run;
  }

  /**
   * Starts the first run ahead of any call, since platforms give more processor time while a module loads. It begins
   * when the module that makes the handler has run to its end or first `await`, so that the rest of it may still add
   * routes, and use what is declared below.
   */
  start(): this {
    this.#attempt ??= Promise.resolve().then(() => this.#watch());
    // A call will try again; without this the process would end before the first of them.
    this.#attempt.catch(() => {});
    return this;
  }

  /** Waits for the app, starting a run if there is none or the last one failed. */
  load(): Promise<T> {
    if (this.#attempt === undefined || this.#isFailed) {
      this.#isFailed = false;
      this.#attempt = this.#watch();
    }
    return this.#attempt;
  }

  async #watch(): Promise<T> {
    try {
      return await this.#outside(this.#run);
    } catch (error) {
      this.#isFailed = true;
      throw error;
    }
  }
}
