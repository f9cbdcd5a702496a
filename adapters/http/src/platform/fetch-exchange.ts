import { TidegateError } from "@tidegate/core";
import { platformWaitUntil } from "../context.ts";
import { Background } from "../exchange/background.ts";
import { deadlines, type Expiring } from "../exchange/deadline.ts";
import type { ExchangeInput } from "../exchange/exchange.ts";
import { type Invocation, type InvocationHolder, reportFailure } from "../invocation.ts";
import type { ResponseSink } from "../sink/response-sink.ts";
import type { SignalOwner } from "./web-request.ts";

/** A running request to a fetch app, and how it ends. */
export class FetchExchange implements Expiring, InvocationHolder, SignalOwner {
  readonly input: ExchangeInput;
  readonly dueMs: number;
  /** Whether an answer was given or refused; what the app still does is nobody's. */
  isOver: boolean = false;
  /** Stops the reading of the response's body. */
  cancelBody: ((reason: unknown) => void) | undefined;
  readonly #sink: ResponseSink;
  #background: Background | undefined;
  #expired: (() => void) | undefined;
  #isExpired = false;
  #controller: AbortController | undefined;
  #isAborted = false;
  #drained: (() => void) | undefined;

  /**
   * @param input the request
   * @param sink where the response goes
   */
  constructor(input: ExchangeInput, sink: ResponseSink) {
    this.input = input;
    this.#sink = sink;
    this.dueMs = input.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Starts the time. */
  watch(): void {
    if (this.input.dueMs !== undefined) deadlines.add(this, Date.now());
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
  }

  get invocation(): Invocation {
    const { source, event, context, requestId, dueMs: deadlineMs } = this.input;
    const readSignal = (): AbortSignal => this.signal;
    return {
      source,
      event,
      context,
      requestId,
      deadlineMs,
      get signal() {
        return readSignal();
      },
      waitUntil: (promise) => this.waitUntil(promise),
    };
  }

  /** Third argument of a fetch app where its platform has one; `c.executionCtx` in Hono. */
  waitUntil(promise: PromiseLike<unknown>): void {
    const keep = platformWaitUntil(this.input.context);
    if (keep !== undefined) {
      keep(Promise.resolve(promise).catch(reportFailure));
      return;
    }
    this.#background ??= new Background();
    this.#background.add(promise);
  }

  /** Calls back when the response and what `waitUntil` was given are over, or the deadline came. */
  settle(callback: () => void): void {
    const over = (): void => {
      this.#expired = undefined;
      deadlines.remove(this);
      callback();
    };
    if (this.#background === undefined || this.#background.isIdle || this.#isExpired) {
      over();
      return;
    }
    this.#expired = over;
    this.#background.whenIdle(() => this.#expired?.());
  }

  /** Lets the response's body go on after the sink asked it to wait. */
  drain(): void {
    this.#drained?.();
    this.#drained = undefined;
  }

  /** Waits for {@link drain}. */
  untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** The client went away: the signal aborts, and the response's body is cancelled. */
  abort(reason?: unknown): void {
    this.#isAborted = true;
    this.isOver = true;
    deadlines.remove(this);
    this.#controller?.abort();
    this.cancelBody?.(reason);
    this.drain();
  }

  /** Answers for an app that broke: 500 if nothing was sent yet, a broken response if it was. */
  fail(error: unknown): void {
    if (this.isOver) return;
    if (this.#sink.isStarted) {
      this.breakOff(error);
      return;
    }
    console.error(error);
    this.isOver = true;
    this.#answer(500, "TIDEGATE_APP_FAILED", "Cannot answer the request: the app threw before it sent a response");
  }

  /** The body of the response failed: the rest of it will not come. */
  breakOff(cause: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    deadlines.remove(this);
    const message = "Cannot complete the response: its body failed";
    this.#sink.fail(new TidegateError("TIDEGATE_RESPONSE_ABORTED", message, { cause }));
  }

  /** The deadline: the signal aborts, and the client gets a 504. */
  expire(): void {
    this.#isExpired = true;
    if (this.#expired !== undefined) {
      console.error("Cannot wait for what waitUntil was given: the invocation's time is over");
      this.#expired();
      return;
    }
    if (this.isOver) return;
    const { method, target } = this.input.head;
    const path = target.split("?", 1)[0];
    const message = `Cannot answer ${method} "${path}": the app did not finish before the function's timeout`;
    console.error(message);
    this.abort();
    if (this.#sink.isStarted) this.#sink.fail(new TidegateError("TIDEGATE_INVOCATION_TIMEOUT", message));
    // A turn later, when the app has learnt of it: a platform may stop the process as soon as it has the answer.
    else setImmediate(() => this.#answer(504, "TIDEGATE_INVOCATION_TIMEOUT", message));
  }

  #answer(status: number, code: string, message: string): void {
    const contentType = "application/json; charset=utf-8";
    const body = JSON.stringify({ error: { code, message, requestId: this.input.requestId } });
    const rawHeaders = ["content-type", contentType];
    this.#sink.head({ status, statusText: "", rawHeaders, contentType, contentEncoding: undefined });
    if (this.input.head.method !== "HEAD") this.#sink.chunk(body, "utf8");
    this.#sink.end();
  }
}
