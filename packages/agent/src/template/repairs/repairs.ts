import { holdClock } from "./clock.ts";
import { forgetDate } from "./date-header.ts";
import { watchDelayHistograms } from "./delay-histograms.ts";
import { repairProcessId } from "./process-id.ts";
import { watchTimers } from "./timers.ts";
import { holdUsage } from "./usage.ts";

/** What is called in a child. */
export interface HeldRepairs {
  /** Right after the fork: what makes it a process of its own. */
  readonly repairIdentity: () => void;
  /** When it begins to serve: what has to do with time. */
  readonly repairTime: () => void;
}

export interface Repairs {
  /** Called in the template right before it is parked. */
  readonly hold: () => HeldRepairs;
}

/** Prepares to repair what a fork copies and must not. Called before the app is loaded: some of it is to be watched. */
export function prepareRepairs(): Repairs {
  const timers = watchTimers();
  const histograms = watchDelayHistograms();
  return {
    hold: () => {
      forgetDate();
      const resumeTimers = timers.hold();
      const resumeUsage = holdUsage();
      const resumeClock = holdClock();
      return {
        repairIdentity: () => {
          timers.restore();
          histograms.restore();
          repairProcessId();
          resumeUsage();
        },
        repairTime: () => {
          resumeClock();
          resumeTimers();
          histograms.repair();
        },
      };
    },
  };
}
