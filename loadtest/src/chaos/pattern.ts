/**
 * The body that belongs to a request's id, as `apps/chaos.js` makes it: the id repeated, so that no part of one body can
 * be taken for a part of another.
 *
 * @example
 * patternOf("g1", 7).toString(); // "g1|g1|g"
 */
export function patternOf(id: string, bytes: number): Buffer {
  return Buffer.alloc(bytes, `${id}|`);
}

/** Checks a body against the pattern of an id while it comes. */
export class PatternCheck {
  bytes = 0;
  /** Where it first was another than the id's; -1 while it was not. */
  wrongAt = -1;
  readonly #unit: Buffer;
  #repeated: Buffer;

  constructor(id: string) {
    this.#unit = Buffer.from(`${id}|`);
    this.#repeated = this.#unit;
  }

  take(chunk: Buffer): void {
    const shift = this.bytes % this.#unit.length;
    const needed = shift + chunk.length;
    if (this.#repeated.length < needed) this.#repeated = Buffer.alloc(needed, this.#unit);
    if (this.wrongAt < 0 && this.#repeated.compare(chunk, 0, chunk.length, shift, needed) !== 0) {
      this.wrongAt = this.bytes;
    }
    this.bytes += chunk.length;
  }
}
