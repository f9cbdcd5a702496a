/** A number of instances that was wanted, and when (milliseconds). */
export interface Wanted {
  readonly instances: number;
  readonly at: number;
}

/**
 * Records what is wanted now and forgets what is older than `lengthMs`; the first entry left is the most wanted in it.
 * Oldest first and strictly falling: whatever a later, larger one outweighs is dropped. So there are never more entries
 * than instances.
 *
 * @example
 * const before = [{ instances: 9, at: 0 }, { instances: 4, at: 2_000 }, { instances: 3, at: 3_000 }];
 * remember(before, { instances: 4, at: 5_000 }, 5_000); // [{ instances: 4, at: 5_000 }]: 9 is too old, 4 and 3 outweighed
 */
export function remember(before: readonly Wanted[], latest: Wanted, lengthMs: number): readonly [Wanted, ...Wanted[]] {
  const [first, ...others] = before.filter((entry) => isOutstanding(entry, latest, lengthMs));
  return first === undefined ? [latest] : [first, ...others, latest];
}

function isOutstanding(entry: Wanted, latest: Wanted, lengthMs: number): boolean {
  return entry.instances > latest.instances && entry.at + lengthMs > latest.at;
}
