import { stopTimer, timersOf } from "./timer-lists.ts";

/**
 * Lets Node forget the value of the `Date` header, which it keeps until the end of the second (`lib/internal/http.js`): a child
 * forked hours later would send it. A timer of at most a second, named as below, is what forgets it.
 */
export function forgetDate(): void {
  for (let durationMs = 1; durationMs <= 1_000; durationMs++) {
    for (const timer of timersOf(durationMs).timers) {
      if (timer._onTimeout?.name !== "resetCache") continue;
      timer._onTimeout();
      stopTimer(timer);
    }
  }
}
