import type { FunctionConfig } from "@tidegate/core";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import { Breaker } from "./breaker.ts";
import { refusals } from "./refusals.ts";
import type { Refusal, SlotOutcome, Waiter } from "./waiter.ts";

/** The breaker of the revision that serves, and the one request that it lets through while it is half-open. */
export class FunctionBreaker {
  readonly #onProblem: (code: HostErrorCode, message: string) => void;
  #config: FunctionConfig;
  #breaker: Breaker;
  #trial: Waiter | null = null;

  constructor(config: FunctionConfig, onProblem: (code: HostErrorCode, message: string) => void) {
    this.#config = config;
    this.#onProblem = onProblem;
    this.#breaker = new Breaker(config.breaker);
  }

  get isClosed(): boolean {
    return this.#breaker.isClosed;
  }

  /** A new revision starts closed. */
  use(config: FunctionConfig, isNewRevision: boolean): void {
    this.#config = config;
    if (!isNewRevision) return this.#breaker.configure(config.breaker);
    this.#breaker = new Breaker(config.breaker);
    this.#trial = null;
  }

  /** Why the request must not be served; null when it may. */
  admit(waiter: Waiter, now: number): Refusal | null {
    // The one on trial may be sent again; others that came before it opened may not.
    if (waiter === this.#trial) return null;
    const verdict = this.#breaker.admit(now);
    if (verdict === "closed") {
      this.#tellClosed();
      return null;
    }
    if (verdict !== "trial") return refusals.circuitOpen(this.#config, verdict - now);
    this.#trial = waiter;
    return null;
  }

  /** How long it stays open, in milliseconds; 0 when it is closed or half-open. */
  opensAgainIn(now: number): number {
    return this.#breaker.opensAgainIn(now);
  }

  /** The one on trial is answered: that it has begun is enough, as it may be a stream. */
  onFirstByte(waiter: Waiter, now: number): void {
    if (waiter !== this.#trial) return;
    this.#trial = null;
    if (this.#breaker.succeed(now, true)) this.#tellClosed();
  }

  onOutcome(waiter: Waiter, instance: Instance, outcome: SlotOutcome, now: number): void {
    const isTrial = waiter === this.#trial;
    if (outcome === "answered") {
      if (isTrial) this.#trial = null;
      if (this.#breaker.succeed(now, isTrial)) this.#tellClosed();
    } else if (outcome === "failed") {
      if (isTrial) this.#trial = null;
      if (this.#breaker.fail(now, instance, isTrial)) this.#tellOpen();
    } else if (outcome === "cancelled") {
      this.forget(waiter);
    }
  }

  /** The request came to an end that tells nothing. */
  forget(waiter: Waiter): void {
    if (waiter !== this.#trial) return;
    this.#trial = null;
    this.#breaker.abandonTrial();
  }

  #tellOpen(): void {
    const { name, breaker } = this.#config;
    const message = `Function "${name}" is not asked for ${breaker.openMs} ms: too many of its requests failed`;
    this.#onProblem("TIDEGATE_CIRCUIT_OPEN", message);
  }

  #tellClosed(): void {
    this.#onProblem("TIDEGATE_CIRCUIT_OPEN", `Function "${this.#config.name}" is asked again`);
  }
}
