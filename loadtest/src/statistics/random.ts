/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** One of them; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** Time to the next of events that come independently of each other, `perSecond` on average, in milliseconds. */
  gapMs(perSecond: number): number;
  /** All of them in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * Makes a source of numbers (mulberry32: 32 bits of state, enough to vary a load).
 *
 * @param seed any whole number; the same one gives the same numbers
 * @param stream tells apart sources of one seed, so that what one part draws does not shift what another does
 */
export function createRandom(seed: number, stream = ""): Random {
  let state = seed >>> 0;
  for (const character of stream) state = Math.imul(state ^ character.charCodeAt(0), 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[whole(0, items.length - 1)];
      if (item === undefined) throw new Error("Cannot pick one of nothing");
      return item;
    },
    gapMs: (perSecond) => (-Math.log(1 - next()) * 1000) / perSecond,
    shuffled: (items) => {
      const left = [...items];
      return items.map(() => left.splice(whole(0, left.length - 1), 1)[0] as (typeof items)[number]);
    },
  };
}
