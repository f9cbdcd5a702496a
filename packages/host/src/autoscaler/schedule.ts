import type { ScheduledScaling } from "@tidegate/core";
import { Cron } from "croner";

/** Bounds of a function at one time. */
export interface Bounds {
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** Bounds that hold now. */
export interface BoundsNow extends Bounds {
  /** When they may change, in milliseconds since 1970; null: never. */
  readonly nextAt: number | null;
}

interface Entry {
  readonly cron: Cron;
  readonly scaling: ScheduledScaling;
}

/** Bounds of a function by the clock on the wall: in each entry's time zone, with its summer time. */
export class Schedule {
  readonly #entries: readonly Entry[];

  /** @param entries checked with `scheduleProblem` */
  constructor(entries: readonly ScheduledScaling[]) {
    this.#entries = entries.map((scaling) => ({ cron: createCron(scaling.cron, scaling.timeZone), scaling }));
  }

  /**
   * The bounds at a time: those of the entries that hold then, the highest of each; without any the given ones. A minimum
   * does not exceed the maximum that holds.
   *
   * @param usual bounds at all other times
   * @param now milliseconds since 1970
   *
   * @example
   * // cron "0 8 * * 1-5" in Asia/Shanghai for 10 hours with minInstances 4: from Monday 8:00 there until 18:00
   * schedule.boundsAt({ minInstances: 0, maxInstances: 10 }, Date.now()); // { minInstances: 4, maxInstances: 10, nextAt: ... }
   */
  boundsAt(usual: Bounds, now: number): BoundsNow {
    let minInstances: number | null = null;
    let maxInstances: number | null = null;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const { cron, scaling } of this.#entries) {
      // The earliest that may still hold: one that began `forMs` ago or earlier is over.
      const began = cron.nextRun(new Date(now - scaling.forMs))?.getTime() ?? Number.POSITIVE_INFINITY;
      if (began > now) {
        nextAt = Math.min(nextAt, began);
        continue;
      }
      nextAt = Math.min(nextAt, began + scaling.forMs);
      minInstances = Math.max(minInstances ?? 0, scaling.minInstances);
      if (scaling.maxInstances !== null) maxInstances = Math.max(maxInstances ?? 0, scaling.maxInstances);
    }
    const most = maxInstances ?? usual.maxInstances;
    return {
      minInstances: Math.min(minInstances ?? usual.minInstances, most),
      maxInstances: most,
      nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt,
    };
  }
}

/**
 * Says what was expected of the time of a schedule's entry; null when it can be used.
 *
 * @param cron expression of five or six fields, the first of six being seconds
 * @param timeZone IANA name
 *
 * @example
 * scheduleProblem("0 8 * *", "UTC"); // { field: "cron", expected: "a cron expression ..." }
 */
export function scheduleProblem(
  cron: string,
  timeZone: string,
): { readonly field: "cron" | "timeZone"; readonly expected: string } | null {
  if (!isTimeZone(timeZone)) {
    return { field: "timeZone", expected: 'a time zone such as "Asia/Shanghai"' };
  }
  const expected = 'a cron expression of five or six fields such as "0 8 * * 1-5"';
  try {
    if (createCron(cron, timeZone).nextRun() !== null) return null;
    return { field: "cron", expected: `${expected} whose time comes` };
  } catch {
    return { field: "cron", expected };
  }
}

/** Without a callback it has no timer and only computes times. */
function createCron(pattern: string, timeZone: string): Cron {
  return new Cron(pattern, { timezone: timeZone, mode: "5-or-6-parts" });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
