/** How an instance takes leave of what is in flight in it: tells those who can end theirs, and waits for the others. */
export class Draining {
  readonly #listeners: Set<() => void> = new Set();
  #onIdle: (() => void) | null = null;

  /** @returns the listener's release */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** It begins: each listener is told, once. */
  begin(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Resolves when nothing is in flight any more, or after this time. */
  untilIdle(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Nothing is in flight any more. */
  onIdle(): void {
    this.#onIdle?.();
  }
}
