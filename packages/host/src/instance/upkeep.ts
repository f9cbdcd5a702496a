const intervalMs = 1_000;

type Look = (now: number) => void;

/**
 * One timer for all instances of the process: what looks after them is called about once a second. Without instances there
 * is no timer, and it never keeps the process alive.
 */
class Upkeep {
  readonly #looks: Set<Look> = new Set();
  #timer: NodeJS.Timeout | null = null;

  /** Returns the release. */
  add(look: Look): () => void {
    this.#looks.add(look);
    this.#timer ??= setInterval(() => this.#lookAll(), intervalMs).unref();
    return () => {
      this.#looks.delete(look);
      if (this.#looks.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #lookAll(): void {
    const now = performance.now();
    for (const look of this.#looks) look(now);
  }
}

export const upkeep: Upkeep = new Upkeep();
