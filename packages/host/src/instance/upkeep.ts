const intervalMs = 1_000;
/** So many are looked at in one go: each may ask its instance something, and requests must not wait for thousands of that. */
const atOnce = 50;

type Look = (now: number) => void;

/**
 * One timer for all instances of the process: what looks after them is called about once a second, in slices spread over
 * that second where they are many. Without instances there is no timer, and it never keeps the process alive.
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
    if (this.#looks.size <= atOnce) return this.#look(this.#looks);
    const all = [...this.#looks];
    const slices = Math.ceil(all.length / atOnce);
    for (let slice = 0; slice < slices; slice++) {
      const some = all.slice(slice * atOnce, (slice + 1) * atOnce);
      setTimeout(() => this.#look(some), (slice * intervalMs) / slices).unref();
    }
  }

  #look(looks: Iterable<Look>): void {
    const now = performance.now();
    for (const look of looks) if (this.#looks.has(look)) look(now);
  }
}

export const upkeep: Upkeep = new Upkeep();
