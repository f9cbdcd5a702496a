/** A process that does not exist. */
export interface SimulatedInstance {
  state: "starting" | "ready" | "frozen" | "draining" | "stopped";
  inFlight: number;
  readonly startedAt: number;
  /** When it was last given an invocation, or became ready. */
  usedAt: number;
  frozenAt: number;
}

/** Instances of a simulation: starts, picks, freezes and stops them as the pool of the host does, and adds up their time. */
export class SimulatedPool {
  readonly #concurrency: number;
  /** Those that can answer, the most recently used last. */
  #ready: SimulatedInstance[] = [];
  /** The one frozen last is the last. */
  readonly #frozen: SimulatedInstance[] = [];
  starting = 0;
  starts = 0;
  peak = 0;
  instanceMs = 0;
  frozenMs = 0;
  readonly #live: Set<SimulatedInstance> = new Set();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  get ready(): number {
    return this.#ready.length;
  }

  get frozen(): number {
    return this.#frozen.length;
  }

  /** All that may still answer new invocations. */
  get serving(): number {
    return this.#ready.length + this.#frozen.length;
  }

  start(now: number): SimulatedInstance {
    const instance: SimulatedInstance = { state: "starting", inFlight: 0, startedAt: now, usedAt: now, frozenAt: 0 };
    this.#live.add(instance);
    this.starting += 1;
    this.starts += 1;
    this.peak = Math.max(this.peak, this.#live.size);
    return instance;
  }

  becomeReady(instance: SimulatedInstance, now: number): void {
    this.starting -= 1;
    instance.state = "ready";
    instance.usedAt = now;
    this.#ready.push(instance);
  }

  /** The ready instance with the fewest in flight, the most recently used among equals; null when none has room. */
  withRoom(): SimulatedInstance | null {
    let best: SimulatedInstance | null = null;
    let least = this.#concurrency;
    for (const instance of this.#ready) {
      if (instance.inFlight > least || instance.inFlight === this.#concurrency) continue;
      if (instance.inFlight === least && best !== null && best.usedAt > instance.usedAt) continue;
      best = instance;
      least = instance.inFlight;
    }
    return best;
  }

  /** Thaws the instance that was frozen last; null when none is frozen. */
  thaw(now: number): SimulatedInstance | null {
    const instance = this.#frozen.pop();
    if (instance === undefined) return null;
    this.frozenMs += now - instance.frozenAt;
    instance.state = "ready";
    this.#ready.push(instance);
    return instance;
  }

  /** Freezes or thaws until so many are frozen, as far as so many are idle; the coldest first. */
  freezeTo(wanted: number, now: number): void {
    while (this.#frozen.length > wanted) this.thaw(now);
    while (this.#frozen.length < wanted) {
      const coldest = this.#coldest();
      if (coldest === null || coldest.inFlight > 0) return;
      this.#leave(coldest);
      coldest.state = "frozen";
      coldest.frozenAt = now;
      this.#frozen.push(coldest);
    }
  }

  /** Drains the one that is missed least: frozen, else the one with the least in flight, which it finishes. */
  drainOne(now: number): void {
    const frozen = this.#frozen.shift();
    if (frozen !== undefined) this.frozenMs += now - frozen.frozenAt;
    const instance = frozen ?? this.#coldest();
    if (instance === null) return;
    if (frozen === undefined) this.#leave(instance);
    instance.state = "draining";
    this.releaseIfDrained(instance, now);
  }

  /** Ends an instance that drains and has nothing left in flight. */
  releaseIfDrained(instance: SimulatedInstance, now: number): void {
    if (instance.state !== "draining" || instance.inFlight > 0) return;
    instance.state = "stopped";
    this.instanceMs += now - instance.startedAt;
    this.#live.delete(instance);
  }

  /** Counts the time of those still running. */
  close(now: number): void {
    for (const instance of this.#live) {
      this.instanceMs += now - instance.startedAt;
      if (instance.state === "frozen") this.frozenMs += now - instance.frozenAt;
    }
  }

  /** The ready one with the fewest in flight, the one used longest ago among equals. */
  #coldest(): SimulatedInstance | null {
    let coldest: SimulatedInstance | null = null;
    for (const instance of this.#ready) {
      if (coldest === null || instance.inFlight < coldest.inFlight) coldest = instance;
      else if (instance.inFlight === coldest.inFlight && instance.usedAt < coldest.usedAt) coldest = instance;
    }
    return coldest;
  }

  #leave(instance: SimulatedInstance): void {
    this.#ready = this.#ready.filter((other) => other !== instance);
  }
}
