import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import promises from "node:timers/promises";
import { standIn } from "./stand-in.ts";
import { type RunningTimer, timersOf } from "./timer-lists.ts";

/** What Node makes of durations it does not take. */
const longestMs = 2 ** 31 - 1;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Table = Record<string, AnyFunction>;

export interface TimerWatch {
  /**
   * Takes the time a template was parked out of the timers that run: one that would have fired a minute after loading does
   * so a minute after the fork, and not at once.
   *
   * @returns what is to be called in the child when it begins to serve
   */
  readonly hold: () => () => void;
  /** Gives Node's functions back, to be seen by ES modules after `syncBuiltinESMExports()`. */
  readonly restore: () => void;
}

/** Learns of which durations there are timers: Node does not tell which run. */
export function watchTimers(): TimerWatch {
  const durations = new Set<number>();
  const restores: (() => void)[] = [];
  const watch = (table: Table, name: string, at: number): void => {
    const original = table[name];
    if (original === undefined) return;
    const replacement = standIn(original, function timer(this: unknown, ...args: unknown[]) {
      durations.add(durationOf(args[at]));
      return original.apply(this, args);
    });
    table[name] = replacement;
    restores.push(() => {
      if (table[name] === replacement) table[name] = original;
    });
  };
  const tables = [globalThis, timers, promises] as unknown as Table[];
  for (const table of tables) {
    const at = table === (promises as unknown) ? 0 : 1;
    for (const name of ["setTimeout", "setInterval"]) watch(table, name, at);
  }
  watch(AbortSignal as unknown as Table, "timeout", 0);
  syncBuiltinESMExports();
  return {
    hold: () => holdTimers(durations),
    restore: () => {
      for (const restore of restores) restore();
    },
  };
}

function durationOf(value: unknown): number {
  const duration = Number(value);
  return duration >= 1 && duration <= longestMs ? Math.trunc(duration) : 1;
}

interface HeldTimer {
  readonly timer: RunningTimer;
  readonly remainingMs: number;
}

function holdTimers(durations: ReadonlySet<number>): () => void {
  const held: HeldTimer[] = [];
  for (const duration of durations) {
    const list = timersOf(duration);
    for (const timer of list.timers) {
      held.push({ timer, remainingMs: Math.max(1, timer._idleStart + timer._idleTimeout - list.now) });
    }
  }
  // Those that are due at the same time fire in the order in which they are started again.
  held.sort((left, right) => left.remainingMs - right.remainingMs);
  return () => {
    for (const { timer, remainingMs } of held) {
      const duration = timer._idleTimeout;
      timer._idleTimeout = remainingMs;
      timer.refresh();
      timer._idleTimeout = duration;
    }
  };
}
