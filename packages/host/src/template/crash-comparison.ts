import type { InstanceStart } from "@tidegate/core";
import type { InstanceFailure } from "../instance/pool-launcher.ts";

/** Signals by which the system ends a program that did what it must not, or that gave itself up. */
const faults: ReadonlySet<string> = new Set(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGTRAP"]);

/** So many forked instances have to fail before plain ones are tried. */
const enough = 3;

/**
 * forking: instances are forked. trial: enough of them failed, so the next starts are plain. abandoned: a plain one got
 * ready, so plain they stay.
 */
export type ForkVerdict = "forking" | "trial" | "abandoned";

/**
 * Finds out whether an app fails because it is forked. A forked instance counts against forking when a signal of a fault ended
 * it, or when it never got ready. Three of them, and none of the plain ones failed so meanwhile: the next start is plain.
 * When that one gets ready, forking is given up for this revision; when it fails as well, the fault is the app's own.
 *
 * | verdict   | what happens                            | then      |
 * |-----------|-----------------------------------------|-----------|
 * | forking   | a forked one fails, the third in a row  | trial     |
 * | forking   | one is not ready in time, and none ever was | trial |
 * | forking   | a plain one fails                       | forking, counted anew |
 * | trial     | a plain one gets ready                  | abandoned |
 * | trial     | a plain one fails                       | forking, counted anew |
 * | abandoned |                                         | abandoned |
 *
 * A forked instance that gets ready takes back those that did not, since whatever kept them from it has passed; those
 * that a fault ended still count. Three starts that take all the time there is would be three too many where none has ever
 * worked: there one is enough.
 */
export class CrashComparison {
  #verdict: ForkVerdict = "forking";
  /** Forked ones that a fault ended. */
  #faults = 0;
  /** Forked ones that did not get ready, in a row. */
  #unready = 0;
  /** Whether a forked one was ready once. */
  #hasWorked = false;
  /** Whether a trial has shown that the app fails as a plain process, too, and none of those has been ready since. */
  #isOwnFault = false;

  get verdict(): ForkVerdict {
    return this.#verdict;
  }

  /** Forked instances that failed, and count. */
  get failures(): number {
    return this.#faults + this.#unready;
  }

  /** An instance got ready. Returns whether forking has been given up by that. */
  onReady(start: InstanceStart): boolean {
    if (start === "fork") {
      this.#hasWorked = true;
      this.#unready = 0;
      return false;
    }
    this.#isOwnFault = false;
    if (this.#verdict === "trial") {
      this.#verdict = "abandoned";
      return true;
    }
    return false;
  }

  /**
   * An instance failed. Returns whether the next start is a trial because of that, and nothing is known against it: where a
   * plain process has failed in a trial already, all failures are the app's.
   */
  onFailure({ start, wasReady, isTimeout, signal }: InstanceFailure): boolean {
    if (this.#verdict === "abandoned") return false;
    const isFault = signal !== null && faults.has(signal);
    if (wasReady && !isFault) return false;
    if (start === "process") {
      if (this.#verdict === "trial") this.#isOwnFault = true;
      this.#verdict = "forking";
      this.#faults = 0;
      this.#unready = 0;
      return false;
    }
    if (isFault) this.#faults++;
    else this.#unready++;
    const isEnough = this.failures >= enough || (isTimeout && !this.#hasWorked);
    if (this.#verdict === "trial" || !isEnough) return false;
    this.#verdict = "trial";
    return !this.#isOwnFault;
  }
}
