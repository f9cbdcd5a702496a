import type { TemplateForking } from "./forking.ts";
import { steadyNow } from "./repairs/clock.ts";

/** So many turns in a row nothing may be going on: what a turn completes often begins something on the next. */
const calmTurns = 4;
/** An app that is never at rest is not waited for longer, in milliseconds. */
const longestWaitMs = 3_000;

/** A program without a server is waited for so long while it does nothing, in milliseconds: it may listen in a timer. */
const patienceMs = 1_000;
/** How often it is looked at, in milliseconds, and the processor time between two looks that is as good as none. */
const lookMs = 50;
const idleCpuMs = 3;

const { setImmediate: onNextTurn, setTimeout: after, setInterval: every, clearInterval: stop } = globalThis;
const { cpuUsage } = process;

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

/**
 * Calls back, from an empty stack, when the program has done nothing for a while. It does not keep the program alive.
 * @returns ends the watch
 */
export function whenWaiting(forking: TemplateForking, onWaiting: () => void): () => void {
  let busyAt = steadyNow();
  let usedMs = usedCpuMs();
  const watch = every(() => {
    const used = usedCpuMs();
    if (forking.pendingRequests() > 0 || used - usedMs > idleCpuMs) busyAt = steadyNow();
    usedMs = used;
    if (steadyNow() - busyAt < patienceMs) return;
    stop(watch);
    onNextTurn(onWaiting);
  }, lookMs);
  watch.unref();
  return () => stop(watch);
}

function usedCpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1_000;
}
