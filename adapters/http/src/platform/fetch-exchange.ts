import { TidegateError } from "@tidegate/core";
import { Exchange } from "../exchange/exchange.ts";
import type { SignalOwner } from "./web-request.ts";

/** A running request to a fetch app. */
export class FetchExchange extends Exchange implements SignalOwner {
  /** Whether an answer was given or refused; what the app still does is nobody's. */
  isOver: boolean = false;
  /** Stops the reading of the response's body. */
  cancelBody: ((reason: unknown) => void) | undefined;
  #isStarted = false;
  #controller: AbortController | undefined;
  #isAborted = false;
  #drained: (() => void) | undefined;

  override get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
  }

  override drain(): void {
    this.#drained?.();
    this.#drained = undefined;
  }

  override cancel(): void {
    this.#isAborted = true;
    this.isOver = true;
    this.#controller?.abort();
    this.cancelBody?.(undefined);
    this.drain();
  }

  /** Waits for {@link drain}. */
  untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** Notes that the head of the response is with the sink. */
  started(): void {
    this.#isStarted = true;
  }

  /** Answers for an app that broke: 500 if nothing was sent yet, a broken response if it was. */
  fail(cause: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#isStarted) {
      const message = "Cannot complete the response: its body failed";
      this.breakOff(new TidegateError("TIDEGATE_RESPONSE_ABORTED", message, { cause }));
      return;
    }
    console.error(cause);
    this.answerFailed();
  }

  protected override get isAnswered(): boolean {
    return this.isOver;
  }

  protected override get route(): undefined {
    return undefined;
  }

  protected override abort(closed: () => void): void {
    this.cancel();
    // A turn later the listeners of the signal have run, and what they started at once.
    setImmediate(closed);
  }
}
