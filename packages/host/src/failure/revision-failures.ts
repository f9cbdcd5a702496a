import type { InstanceStart } from "@tidegate/core";
import { Backoff } from "./backoff.ts";

/** Signals by which the system ends a program that did what it must not, or that gave itself up. */
const faults: ReadonlySet<string> = new Set(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGTRAP"]);

/** So many are no chance any more: forked ones of which forking is to blame, or any in a row, which make a crash loop. */
const enough = 3;

/** Longest pause after a start that got no process, in milliseconds: what ran out may be there again any moment. */
const longestRefusedMs = 5_000;

/** How an instance failed. */
export interface InstanceFailure {
  readonly start: InstanceStart;
  /** Whether it had been ready before. */
  readonly wasReady: boolean;
  /** Whether it had finished an invocation. */
  readonly hasWorked: boolean;
  /** Whether it was not ready in time, and killed for that. */
  readonly isTimeout: boolean;
  /** Whether it had a process at all: without one, nothing is known of how processes do. */
  readonly hadProcess: boolean;
  /** What ended its process; null when no signal did. */
  readonly signal: string | null;
}

/**
 * forking: instances are forked. trial: enough of them failed, so the next starts are plain. abandoned: a plain one got
 * ready, so plain they stay.
 */
export type ForkVerdict = "forking" | "trial" | "abandoned";

/**
 * What it means for the next start that an instance of a revision failed, and all that is counted for it. The first row that
 * fits holds:
 *
 * | the instance | failed                                                  | the next start                             |
 * |--------------|---------------------------------------------------------|--------------------------------------------|
 * | forked       | killed before it was ready, see `wasTakenAway`          | at once, a single time; nothing is counted |
 * | forked       | by a fault or before it was ready, the third time       | a trial: at once, and plain                |
 * | forked       | not ready in time, and none ever was                    | a trial: at once, and plain                |
 * | any          | after it had finished an invocation                     | at once                                    |
 * | any          | before it had a process: one, or a fork, was refused    | after a pause of its own, 5 s at most      |
 * | any          | in any other way                                        | after a pause, each twice the one before   |
 * |              | so, the third time in a row                             | the same; until then requests are refused  |
 *
 * What takes failures back:
 *
 * | this happens                                            | not counted any more                                     |
 * |---------------------------------------------------------|----------------------------------------------------------|
 * | an invocation is finished, or a trial begins            | those in a row that had a process: no pause for them     |
 * | any one gets ready                                      | those that had no process: there is room again           |
 * | a forked one gets ready                                 | forked ones that did not: what kept them from it passed  |
 * | a plain one fails by a fault, or before it is ready     | forked ones: it is the app. No trial is under way        |
 * | a plain one gets ready in a trial                       | nothing counts against forking again: it is abandoned    |
 *
 * Where a trial has shown that the app fails as a plain process, too, the next one has its pause as any other start, until a
 * plain one has been ready. One timeout is enough where no forked one has ever worked: three starts that take all the time
 * there is would be three too many.
 */
export class RevisionFailures {
  readonly #mayTryPlain: boolean;
  readonly #pace: Backoff = new Backoff();
  /** Of starts that got no process: that others answer says nothing about whether there is room for one more. */
  readonly #refusals: Backoff = new Backoff(longestRefusedMs);
  #verdict: ForkVerdict = "forking";
  /** Forked ones that a fault ended. */
  #faults = 0;
  /** Forked ones that did not get ready, in a row. */
  #unready = 0;
  /** Whether a forked one was ready once. */
  #forkWorks = false;
  /** Whether a trial has shown that the app fails as a plain process, too, and none of those has been ready since. */
  #isOwnFault = false;

  /** @param mayTryPlain whether a revision that is forked may have plain processes instead: whoever says "fork" wants no other */
  constructor(mayTryPlain: boolean) {
    this.#mayTryPlain = mayTryPlain;
  }

  get verdict(): ForkVerdict {
    return this.#verdict;
  }

  /** Forked instances that failed, and count against forking. */
  get forked(): number {
    return this.#faults + this.#unready;
  }

  /** Failures in a row, of those that had a process. */
  get inRow(): number {
    return this.#pace.failures;
  }

  /** Whether those that had a process are in a crash loop. */
  get isCrashLoop(): boolean {
    return this.inRow >= enough;
  }

  /** Whether requests are refused until the next start: for a crash loop, or because there was no process again and again. */
  get isLooping(): boolean {
    return this.isCrashLoop || this.#refusals.failures >= enough;
  }

  /** When the next start may be tried, on the clock of `performance.now()`; 0 when at once. */
  get retryAt(): number {
    return Math.max(this.#pace.retryAt, this.#refusals.retryAt);
  }

  /**
   * An instance failed.
   * @returns the pause before the next start, in milliseconds; null when that is due at once
   */
  onFailed(failure: InstanceFailure, now: number): number | null {
    if (!failure.hadProcess) return this.#refusals.fail(now);
    const isTrial = this.#mayTryPlain && this.#beginsTrial(failure);
    if (failure.hasWorked) return null;
    if (!isTrial || this.#isOwnFault) return this.#pace.fail(now);
    // Those that are started in another way from now on have not failed yet.
    this.#pace.succeed();
    return null;
  }

  /** An instance got ready. Returns whether forking has been given up by that. */
  onReady(start: InstanceStart): boolean {
    this.#refusals.succeed();
    if (start === "fork") {
      this.#forkWorks = true;
      this.#unready = 0;
      return false;
    }
    this.#isOwnFault = false;
    if (this.#verdict !== "trial") return false;
    this.#verdict = "abandoned";
    return true;
  }

  /** An invocation has been finished: instances of this revision work. */
  onFinished(): void {
    if (this.inRow > 0) this.#pace.succeed();
  }

  #beginsTrial({ start, wasReady, isTimeout, signal }: InstanceFailure): boolean {
    const isFault = signal !== null && faults.has(signal);
    if (this.#verdict === "abandoned" || (wasReady && !isFault)) return false;
    if (start === "process") {
      if (this.#verdict === "trial") this.#isOwnFault = true;
      this.#verdict = "forking";
      this.#faults = 0;
      this.#unready = 0;
      return false;
    }
    if (isFault) this.#faults++;
    else this.#unready++;
    const isEnough = this.forked >= enough || (isTimeout && !this.#forkWorks);
    if (this.#verdict === "trial" || !isEnough) return false;
    this.#verdict = "trial";
    return true;
  }
}

/** Whether a child of a template was killed before it was ready: it may be that nobody wanted it yet when that was begun. */
export function wasTakenAway({ start, wasReady, isTimeout, signal }: InstanceFailure): boolean {
  return start === "fork" && !wasReady && !isTimeout && signal === "SIGKILL";
}
