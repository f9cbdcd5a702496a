/** A process that does not exist. */
export interface SimulatedInstance {
  state: "starting" | "ready" | "draining" | "stopped";
  inFlight: number;
  readonly startedAt: number;
}

/** Instances of a simulation: starts, picks and stops them, and adds up their time. */
export class SimulatedPool {
  readonly #concurrency: number;
  #live: SimulatedInstance[] = [];
  starts = 0;
  peak = 0;
  instanceMs = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  get ready(): number {
    return this.#count("ready");
  }

  get starting(): number {
    return this.#count("starting");
  }

  start(now: number): SimulatedInstance {
    const instance: SimulatedInstance = { state: "starting", inFlight: 0, startedAt: now };
    this.#live.push(instance);
    this.starts += 1;
    this.peak = Math.max(this.peak, this.#live.length);
    return instance;
  }

  /** The ready instance with the most room; null when none has any. */
  withRoom(): SimulatedInstance | null {
    let best: SimulatedInstance | null = null;
    for (const instance of this.#live) {
      if (instance.state !== "ready" || instance.inFlight >= this.#concurrency) continue;
      if (best === null || instance.inFlight < best.inFlight) best = instance;
    }
    return best;
  }

  /** Stops the one that is missed least: starting, else the ready one with the least in flight, which it finishes. */
  stopOne(now: number): void {
    const candidates = this.#live.filter(({ state }) => state === "starting" || state === "ready");
    const cost = ({ state, inFlight }: SimulatedInstance) => (state === "starting" ? -1 : inFlight);
    const [cheapest] = candidates.sort((a, b) => cost(a) - cost(b));
    if (cheapest === undefined) return;
    cheapest.state = "draining";
    this.releaseIfDrained(cheapest, now);
  }

  /** Ends an instance that drains and has nothing left in flight. */
  releaseIfDrained(instance: SimulatedInstance, now: number): void {
    if (instance.state !== "draining" || instance.inFlight > 0) return;
    instance.state = "stopped";
    this.instanceMs += now - instance.startedAt;
    this.#live = this.#live.filter((other) => other !== instance);
  }

  /** Counts the time of those still running. */
  close(now: number): void {
    for (const instance of this.#live) this.instanceMs += now - instance.startedAt;
  }

  #count(state: SimulatedInstance["state"]): number {
    let count = 0;
    for (const instance of this.#live) if (instance.state === state) count += 1;
    return count;
  }
}
