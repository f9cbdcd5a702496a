/** What Node keeps of a timer. Timers of the same duration stand in one ring, which begins with an entry that is none. */
export interface RunningTimer {
  _idleNext: RunningTimer;
  _onTimeout?: (() => void) | null;
  _idleTimeout: number;
  _idleStart: number;
  refresh(): unknown;
}

/** The running timers of one duration, and the event loop's time, both as Node sees them now. */
export interface TimerList {
  readonly now: number;
  readonly timers: RunningTimer[];
}

const { setTimeout: start, clearTimeout: stop } = globalThis;

/** Finds the timers that wait this long, in whole milliseconds: a new one stands in one ring with them. */
export function timersOf(durationMs: number): TimerList {
  const probe = start(() => {}, durationMs);
  const first = probe as unknown as RunningTimer;
  const timers: RunningTimer[] = [];
  for (let timer = first._idleNext; timer !== first && timer !== undefined; timer = timer._idleNext) {
    if ("_onTimeout" in timer) timers.push(timer);
  }
  const now = first._idleStart;
  stop(probe);
  return { now, timers };
}

export function stopTimer(timer: RunningTimer): void {
  stop(timer as unknown as NodeJS.Timeout);
}
