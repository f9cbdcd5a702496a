import { availableParallelism } from "node:os";

/** Gives a permit back; idempotent. */
export type ReleasePermit = () => void;

interface Waiting {
  readonly grant: (release: ReleasePermit) => void;
}

/**
 * A start that takes longer than this waits for something, and computes no more: it holds no permit any longer, in
 * milliseconds. One that hangs must not keep others from starting.
 */
const longestHoldMs = 5_000;

/** Holder of the permits of work that nobody waits for: no function's start is held up by it as if by another start of its own. */
const noFunction = "";

/**
 * Permits to start instances, over all functions of a host: starting more processes at once than there are cores makes each
 * of them later, the first one too. Functions take turns, so that a burst or a crash loop of one does not hold up
 * another; and the only start of a function may go beyond the limit, up to twice that: its first requests wait for it.
 */
export class StartPermits {
  readonly #limit: number;
  readonly #holdMs: number;
  /** Permits that each function holds. */
  readonly #held: Map<string, number> = new Map();
  /** Functions in the order of their turns; each with its starts in the order they were asked for. */
  readonly #waiting: Map<string, Set<Waiting>> = new Map();
  /** Work that may wait for as long as anything starts. */
  readonly #idle: Set<Waiting> = new Set();
  #taken = 0;

  /**
   * @param limit most starts at once. Default: as many as there are cores, at least 2
   * @param holdMs longest time a start counts, in milliseconds. Default 5000
   */
  constructor(limit: number = Math.max(2, availableParallelism()), holdMs: number = longestHoldMs) {
    this.#limit = limit;
    this.#holdMs = holdMs;
  }

  /** Most starts at once. */
  get limit(): number {
    return this.#limit;
  }

  /** Starts that have a permit. */
  get taken(): number {
    return this.#taken;
  }

  /** Resolves with the release of a permit; with null when `signal` aborts before. */
  acquire(functionName: string, signal: AbortSignal): Promise<ReleasePermit | null> {
    if (this.#hasRoomFor(functionName)) return Promise.resolve(this.#grant(functionName));
    return new Promise((resolve) => {
      const waiting: Waiting = { grant: resolve };
      const queue = this.#waiting.get(functionName) ?? new Set();
      this.#waiting.set(functionName, queue.add(waiting));
      signal.addEventListener("abort", () => {
        if (!queue.delete(waiting)) return;
        if (queue.size === 0) this.#waiting.delete(functionName);
        resolve(null);
      });
    });
  }

  /**
   * A permit for work that nobody waits for, such as a template built ahead: given when none is wanted for a start and fewer
   * than `limit` are taken. Resolves with its release; with null when `signal` aborts before.
   */
  acquireIdle(signal: AbortSignal): Promise<ReleasePermit | null> {
    if (signal.aborted) return Promise.resolve(null);
    if (this.#hasIdleRoom) return Promise.resolve(this.#grant(noFunction));
    return new Promise((resolve) => {
      const waiting: Waiting = { grant: resolve };
      this.#idle.add(waiting);
      signal.addEventListener("abort", () => {
        if (this.#idle.delete(waiting)) resolve(null);
      });
    });
  }

  get #hasIdleRoom(): boolean {
    return this.#taken < this.#limit && this.#waiting.size === 0;
  }

  #hasRoomFor(functionName: string): boolean {
    const isOnly = (this.#held.get(functionName) ?? 0) === 0;
    return this.#taken < (isOnly ? 2 * this.#limit : this.#limit);
  }

  #grant(functionName: string): ReleasePermit {
    this.#taken++;
    this.#held.set(functionName, (this.#held.get(functionName) ?? 0) + 1);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      clearTimeout(timer);
      this.#taken--;
      const left = (this.#held.get(functionName) ?? 1) - 1;
      if (left === 0) this.#held.delete(functionName);
      else this.#held.set(functionName, left);
      this.#next();
    };
    const timer = setTimeout(release, this.#holdMs).unref();
    return release;
  }

  /** Grants what there is room for; whoever had a turn goes to the end of the line. */
  #next(): void {
    for (const [functionName, queue] of this.#waiting) {
      if (!this.#hasRoomFor(functionName)) continue;
      const [first] = queue;
      this.#waiting.delete(functionName);
      if (first === undefined) continue;
      queue.delete(first);
      if (queue.size > 0) this.#waiting.set(functionName, queue);
      first.grant(this.#grant(functionName));
    }
    for (const waiting of this.#idle) {
      if (!this.#hasIdleRoom) return;
      this.#idle.delete(waiting);
      waiting.grant(this.#grant(noFunction));
    }
  }
}

/** Those of this process: however many hosts it has, its cores are the same. */
export const hostPermits: StartPermits = new StartPermits();
