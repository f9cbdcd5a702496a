import { syncBuiltinESMExports } from "node:module";
import { holdClock } from "./clock.ts";
import { forgetDate } from "./date-header.ts";
import { watchDelayHistograms } from "./delay-histograms.ts";
import { watchTimers } from "./timers.ts";
import { carryUsage } from "./usage.ts";

export interface Repairs {
  /**
   * Called in the template right before it is parked, when no code of the app runs there any more: whatever is the same for
   * all children is done here, once.
   *
   * @returns what has to do with time: to be called in a child when it begins to serve
   */
  readonly hold: () => () => void;
}

/** Prepares to repair what a fork copies and must not. Called before the app is loaded: some of it is to be watched. */
export function prepareRepairs(): Repairs {
  const timers = watchTimers();
  const histograms = watchDelayHistograms();
  return {
    hold: () => {
      forgetDate();
      timers.restore();
      histograms.restore();
      const resumeTimers = timers.hold();
      carryUsage();
      const resumeClock = holdClock();
      syncBuiltinESMExports();
      return () => {
        resumeClock();
        resumeTimers();
        histograms.repair();
      };
    },
  };
}
