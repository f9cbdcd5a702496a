import { syncBuiltinESMExports } from "node:module";
import perfHooks from "node:perf_hooks";
import { standIn } from "./stand-in.ts";

export interface HistogramWatch {
  /** In a child: lets each histogram begin anew, or it would hold the time its template was parked as one long delay. */
  readonly repair: () => void;
  /** Gives Node's function back, to be seen by ES modules after `syncBuiltinESMExports()`. */
  readonly restore: () => void;
}

/** Learns which histograms of the event loop's delay there are. */
export function watchDelayHistograms(): HistogramWatch {
  const made: ReturnType<typeof perfHooks.monitorEventLoopDelay>[] = [];
  const original = perfHooks.monitorEventLoopDelay;
  const replacement = standIn(original, (...args: Parameters<typeof original>) => {
    const histogram = original(...args);
    made.push(histogram);
    return histogram;
  });
  perfHooks.monitorEventLoopDelay = replacement;
  syncBuiltinESMExports();
  return {
    repair: () => {
      for (const histogram of made) {
        if (!histogram.disable()) continue; // it was not running
        histogram.reset();
        histogram.enable();
      }
    },
    restore: () => {
      if (perfHooks.monitorEventLoopDelay === replacement) perfHooks.monitorEventLoopDelay = original;
    },
  };
}
