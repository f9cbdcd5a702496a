/** What instances of a function have consumed, and which there are. */
export interface InstanceMeterValues {
  /** Instances by state, of those that have a process. */
  readonly states: Readonly<Record<LiveState, number>>;
  /** Time that instances existed, from start to end, in whatever state, added up, in milliseconds. */
  readonly instanceMs: number;
  /** Part of it that they were frozen, in milliseconds. */
  readonly frozenMs: number;
  /** Memory they held times how long, in byte milliseconds; frozen ones hold theirs too. */
  readonly byteMs: number;
  /** Memory of all of them now, in bytes, as last measured. */
  readonly memoryBytes: number;
  /** Instances that were started. */
  readonly starts: number;
  /** Instances that failed: did not get ready, or ended unasked. */
  readonly failures: number;
}

/** States in which an instance has a process. */
export type LiveState = "starting" | "ready" | "frozen" | "draining";

interface LiveInstance {
  state: LiveState;
  /** Until when its time has been added up, in milliseconds. */
  countedUntil: number;
  /** Until when its memory has been added up. */
  memoryUntil: number;
  /** As last measured; null before. */
  bytes: number | null;
}

/**
 * The billing meter of one function: adds up instance time and memory as instances change their states. Driven by events
 * and measurements alone, so that it has no timer, and costs nothing per invocation.
 *
 * @example
 * const meter = new InstanceMeter();
 * meter.change("shop-r1-1", "starting", 0);
 * meter.memory("shop-r1-1", 64 * 1024 ** 2, 10_000);
 * meter.read(20_000); // { instanceMs: 20_000, byteMs: 64 MiB * 20_000, states: { starting: 1, ... }, ... }
 */
export class InstanceMeter {
  readonly #live: Map<string, LiveInstance> = new Map();
  #instanceMs = 0;
  #frozenMs = 0;
  #byteMs = 0;
  #starts = 0;
  #failures = 0;
  /** Of the instance measured last: the best guess for one that ends before it was. */
  #typicalBytes = 0;

  /** An instance got into a state at `now` (milliseconds). */
  change(instance: string, state: LiveState | "stopped" | "failed", now: number): void {
    const live = this.#live.get(instance);
    if (state === "failed" && live?.state !== "draining") this.#failures += 1;
    if (state === "stopped" || state === "failed") {
      if (live === undefined) return;
      this.#count(live, now);
      this.#countMemory(live, now);
      this.#live.delete(instance);
    } else if (live === undefined) {
      // One that is given up while it waits for its start never has a process.
      if (state === "draining") return;
      this.#starts += 1;
      this.#live.set(instance, { state, countedUntil: now, memoryUntil: now, bytes: null });
    } else {
      this.#count(live, now);
      live.state = state;
    }
  }

  /** An instance holds so much memory, measured at `now` (milliseconds). Counts for the time since it was measured last. */
  memory(instance: string, bytes: number, now: number): void {
    const live = this.#live.get(instance);
    if (live === undefined) return;
    live.bytes = bytes;
    this.#typicalBytes = bytes;
    this.#countMemory(live, now);
  }

  /** All numbers as of `now` (milliseconds). */
  read(now: number): InstanceMeterValues {
    const states: Record<LiveState, number> = { starting: 0, ready: 0, frozen: 0, draining: 0 };
    let memoryBytes = 0;
    for (const live of this.#live.values()) {
      this.#count(live, now);
      if (live.bytes !== null || this.#typicalBytes > 0) this.#countMemory(live, now);
      states[live.state] += 1;
      memoryBytes += live.bytes ?? 0;
    }
    return {
      states,
      instanceMs: this.#instanceMs,
      frozenMs: this.#frozenMs,
      byteMs: this.#byteMs,
      memoryBytes,
      starts: this.#starts,
      failures: this.#failures,
    };
  }

  #count(live: LiveInstance, now: number): void {
    const ms = Math.max(0, now - live.countedUntil);
    this.#instanceMs += ms;
    if (live.state === "frozen") this.#frozenMs += ms;
    live.countedUntil += ms;
  }

  #countMemory(live: LiveInstance, now: number): void {
    const ms = Math.max(0, now - live.memoryUntil);
    this.#byteMs += (live.bytes ?? this.#typicalBytes) * ms;
    live.memoryUntil += ms;
  }
}
