/** What keeping an item is worth. */
export interface Worth {
  /** What one use of it saves, in milliseconds. */
  readonly savedMs: number;
  readonly bytes: number;
}

interface Entry extends Worth {
  readonly uses: number;
  readonly priority: number;
}

/** Bytes count in MiB: priorities are milliseconds saved per MiB. */
const unit = 2 ** 20;

/**
 * Ranks items of different size and use, to know which one to give up: GreedyDual-Size-Frequency (L. Cherkasova, "Improving
 * WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching Policy", HP Laboratories, HPL-98-69R1, 1998). Each use
 * gives an item the priority
 *
 *     clock + uses * savedMs / bytes
 *
 * and the one of least priority goes first. The clock is the priority of the item given up last: so what was used much long ago
 * falls behind what is used now, without anything being counted down.
 *
 * With the clock at 0, one of 40 MiB that saved 200 ms twice has 10, and one of 80 MiB that saved 400 ms once has 5: it goes
 * first, and the clock is at 5. One of 40 MiB that comes then and saves 200 ms once has 10, as much as the first.
 */
export class GreedyDual<Key> {
  readonly #entries: Map<Key, Entry> = new Map();
  #clock = 0;

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** All items together, in bytes. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#entries.values()) sum += bytes;
    return sum;
  }

  /** What the item takes, in bytes; 0 when it is none. */
  bytesOf(key: Key): number {
    return this.#entries.get(key)?.bytes ?? 0;
  }

  /** The item came, or was used. */
  use(key: Key, worth: Worth): void {
    const uses = (this.#entries.get(key)?.uses ?? 0) + 1;
    this.#entries.set(key, { ...worth, uses, priority: this.#priority(worth, uses) });
  }

  /** The item has another size than was thought. */
  resize(key: Key, bytes: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#entries.set(key, { ...entry, bytes });
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  /** The item that is worth least is given up. */
  shift(): Key | null {
    const [least] = this.ranked();
    if (least === undefined) return null;
    this.#clock = Math.max(this.#clock, this.#entries.get(least)?.priority ?? 0);
    this.#entries.delete(least);
    return least;
  }

  /** All items, the one of least priority first. */
  ranked(): Key[] {
    return [...this.#entries].sort(([, one], [, other]) => one.priority - other.priority).map(([key]) => key);
  }

  /** Items that would be given up before one that came now. */
  below(worth: Worth): Key[] {
    const priority = this.#priority(worth, 1);
    return this.ranked().filter((key) => (this.#entries.get(key)?.priority ?? 0) < priority);
  }

  #priority({ savedMs, bytes }: Worth, uses: number): number {
    return this.#clock + (uses * savedMs) / Math.max(1, bytes / unit);
  }
}
