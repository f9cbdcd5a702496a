/** A number of instances that was wanted, and when (milliseconds). */
export interface Wanted {
  readonly instances: number;
  readonly at: number;
}

/** What decisions remember so that instances stop slowly: pass it on to the next one. */
export interface ScaleDownState {
  /** Oldest first and strictly falling: whatever a later, larger one outweighs is dropped. */
  readonly wanted: readonly [Wanted, ...Wanted[]];
  /** Ready instances when the running interval of the scale-down rate began. */
  readonly base: Wanted;
}

/**
 * Records what is wanted now and forgets what is older than `delayMs`; the first entry left is the most wanted in it.
 *
 * @example
 * const before = [{ instances: 9, at: 0 }, { instances: 4, at: 2_000 }, { instances: 3, at: 3_000 }];
 * remember(before, { instances: 4, at: 5_000 }, 5_000); // [{ instances: 4, at: 5_000 }]: 9 is too old, 4 and 3 outweighed
 */
export function remember(before: readonly Wanted[], latest: Wanted, delayMs: number): readonly [Wanted, ...Wanted[]] {
  const [first, ...others] = before.filter((entry) => isOutstanding(entry, latest, delayMs));
  return first === undefined ? [latest] : [first, ...others, latest];
}

function isOutstanding(entry: Wanted, latest: Wanted, delayMs: number): boolean {
  return entry.instances > latest.instances && entry.at + delayMs > latest.at;
}

/**
 * The base of the scale-down rate: the one before while its interval lasts and no more instances are ready, else those
 * ready now.
 */
export function baseAt(before: Wanted | null, ready: number, intervalMs: number, now: number): Wanted {
  const isRunning = before !== null && before.at + intervalMs > now && before.instances >= ready;
  return isRunning ? before : { instances: ready, at: now };
}
