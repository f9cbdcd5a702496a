import { Histogram } from "@tidegate/core";

/** Between two looks, in milliseconds: seldom enough to cost nothing, often enough to meet what blocks the loop. */
const pauseMs = 250;

/** Measures how late the event loop of this process runs a timer. */
export class EventLoopDelay {
  readonly histogram: Histogram = new Histogram();
  #timer: NodeJS.Timeout | null = null;

  start(): void {
    if (this.#timer !== null) return;
    let dueAt = performance.now() + pauseMs;
    this.#timer = setInterval(() => {
      const now = performance.now();
      // Timers count whole milliseconds, and may be up to one early or late by that alone.
      this.histogram.record(now - dueAt - 1);
      dueAt = now + pauseMs;
    }, pauseMs).unref();
  }

  /** Idempotent; safe before start. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
