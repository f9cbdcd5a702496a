import type { TemplateForking } from "./forking.ts";
import { steadyNow } from "./repairs/clock.ts";

/** So many turns in a row nothing may be going on: what a turn completes often begins something on the next. */
const calmTurns = 4;
/** An app that is never at rest is not waited for longer, in milliseconds. */
const longestWaitMs = 3_000;

const { setImmediate: onNextTurn, setTimeout: after } = globalThis;

/**
 * Calls back, from an empty stack, when the program waits for nothing but timers and what comes from outside: no file is
 * being read, no work is on the thread pool, no callback is due.
 */
export function whenAtRest(forking: TemplateForking, onRest: () => void): void {
  const startedAt = steadyNow();
  let calm = 0;
  const look = (): void => {
    const isBusy = forking.pendingRequests() > 0;
    calm = isBusy ? 0 : calm + 1;
    if (calm > calmTurns || steadyNow() - startedAt > longestWaitMs) onRest();
    else if (isBusy) after(look, 1);
    else onNextTurn(look);
  };
  onNextTurn(look);
}
