/** So many bytes of bodies are held at a time for all requests of the process together. */
const limitBytes = 64 * 1024 * 1024;

/**
 * Counts what is held of requests' bodies, for those that wait and those that may have to be sent again. When it is too
 * much, bodies of waiting requests are read no further, and those on their way are not held: ten thousand requests with
 * 64 KiB each must not fill the memory.
 */
export class HeldBodies {
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#limitBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limitBytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Those of this process: memory belongs to it, however many hosts it has. */
export const heldBodies: HeldBodies = new HeldBodies(limitBytes);
