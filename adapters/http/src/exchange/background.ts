import { reportFailure } from "../invocation.ts";

/** Work that goes on after the response: what `waitUntil` was given. */
export class Background {
  readonly #pending = new Set<PromiseLike<unknown>>();
  #settled: (() => void) | undefined;

  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Takes a promise, or a value, which is done already; its failure is logged, as nobody else may be listening. */
  add(work: unknown): void {
    const promise = Promise.resolve(work);
    this.#pending.add(promise);
    promise.then(
      () => this.#remove(promise),
      (error: unknown) => {
        reportFailure(error);
        this.#remove(promise);
      },
    );
  }

  /** Calls back once nothing is pending, what was added meanwhile included. */
  whenIdle(callback: () => void): void {
    if (this.isIdle) callback();
    else this.#settled = callback;
  }

  #remove(promise: PromiseLike<unknown>): void {
    this.#pending.delete(promise);
    if (this.#pending.size > 0) return;
    this.#settled?.();
    this.#settled = undefined;
  }
}
