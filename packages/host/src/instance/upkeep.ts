const intervalMs = 1_000;
/** So many are looked at in one go: each may ask its instance something, and requests must not wait for thousands of that. */
const atOnce = 50;
/**
 * So many are looked at in a second. An instance that is asked what it uses wakes up for it: with thousands, once a second
 * each, that would be the most that the machine does.
 */
const perSecond = 400;

type Look = (now: number) => void;

/**
 * One timer for all instances of the process: what looks after them is called about once a second; where they are many in
 * slices, and for more than 400 less often. Without instances there is no timer, and it never keeps the process alive.
 */
class Upkeep {
  readonly #looks: Set<Look> = new Set();
  #timer: NodeJS.Timeout | null = null;
  /** When the round that is under way ends. */
  #roundEndsAt = 0;

  /** Returns the release. */
  add(look: Look): () => void {
    this.#looks.add(look);
    this.#timer ??= setInterval(() => this.#lookAll(), intervalMs).unref();
    return () => {
      this.#looks.delete(look);
      if (this.#looks.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
      this.#roundEndsAt = 0;
    };
  }

  #lookAll(): void {
    if (this.#looks.size <= atOnce) return this.#look(this.#looks);
    const now = performance.now();
    if (now < this.#roundEndsAt) return;
    const all = [...this.#looks];
    const roundMs = Math.max(intervalMs, (all.length / perSecond) * 1000);
    // The timer may be a little early.
    this.#roundEndsAt = now + roundMs - intervalMs / 2;
    const slices = Math.ceil(all.length / atOnce);
    for (let slice = 0; slice < slices; slice++) {
      const some = all.slice(slice * atOnce, (slice + 1) * atOnce);
      setTimeout(() => this.#look(some), (slice * roundMs) / slices).unref();
    }
  }

  #look(looks: Iterable<Look>): void {
    const now = performance.now();
    for (const look of looks) if (this.#looks.has(look)) look(now);
  }
}

export const upkeep: Upkeep = new Upkeep();
