import { TidegateError } from "@tidegate/core";
import { platformWaitUntil } from "../context.ts";
import { type Invocation, type InvocationHolder, reportFailure, runInvocation } from "../invocation.ts";
import type { ResponseSink } from "../sink/response-sink.ts";
import { Background } from "./background.ts";
import { deadlines, type Expiring } from "./deadline.ts";
import type { RequestBody, RequestHead } from "./request.ts";

/** One request to an app, and what the platform passed with it. */
export interface ExchangeInput {
  readonly head: RequestHead;
  readonly body: RequestBody;
  readonly clientIp: string | undefined;
  readonly isSecure: boolean;
  readonly requestId: string | undefined;
  /** Name of the event format. */
  readonly source: string;
  readonly event: unknown;
  readonly context: unknown;
  /** Milliseconds since 1970 at which the app's time is over; `undefined` for never. */
  readonly dueMs: number | undefined;
}

/** A running request to an app, and how it ends. Nothing of it is shared with another. */
export abstract class Exchange implements Expiring, InvocationHolder {
  readonly input: ExchangeInput;
  readonly dueMs: number;
  readonly #sink: ResponseSink;
  #background: Background | undefined;
  #settled: (() => void) | undefined;
  #isExpired = false;
  #isWatched = false;
  #isOver = false;
  #invocation: Invocation | undefined;

  /**
   * @param input the request
   * @param sink where the response goes
   */
  constructor(input: ExchangeInput, sink: ResponseSink) {
    this.input = input;
    this.#sink = sink;
    this.dueMs = input.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Watches the time. Not before the app was called: an exchange that never runs must not expire. */
  watch(): void {
    // An app may have broken its connection off before it returned: there is nothing left to wait for.
    if (this.input.dueMs === undefined || this.#isWatched || this.#isOver) return;
    this.#isWatched = true;
    deadlines.add(this, Date.now());
  }

  /** Aborts when the client went away or the time is over, while the response is not complete. */
  abstract get signal(): AbortSignal;

  /** Lets the app write on after its sink asked it to wait. */
  abstract drain(): void;

  /** Tells the app that nobody reads its response any more. */
  abstract cancel(): void;

  /** Whether the app has given its whole answer. */
  protected abstract get isAnswered(): boolean;

  /** Pattern of the route that is at work, where the framework tells. */
  protected abstract get route(): string | undefined;

  /** Takes the app's connection away; calls back when the app has learnt of it. What it still sends goes nowhere. */
  protected abstract abort(closed: () => void): void;

  /** What the app is shown of it; made when it asks, which most requests never do. */
  get invocation(): Invocation {
    const { source, event, context, requestId, dueMs: deadlineMs } = this.input;
    const readSignal = (): AbortSignal => this.signal;
    this.#invocation ??= {
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
    return this.#invocation;
  }

  /** Takes work that goes on after the response. */
  waitUntil(promise: PromiseLike<unknown>): void {
    const keep = platformWaitUntil(this.input.context);
    if (keep !== undefined) {
      keep(Promise.resolve(promise).then(undefined, reportFailure));
      return;
    }
    this.#background ??= new Background();
    this.#background.add(promise);
  }

  /**
   * Calls back when the exchange may be called over: the response is, and so is what `waitUntil` was given, or the
   * deadline came. To be called once, when the sink has got the whole response.
   */
  settle(callback: () => void): void {
    const background = this.#background;
    if (background === undefined || background.isIdle || this.#isExpired) {
      this.#unwatch();
      callback();
      return;
    }
    this.watch();
    this.#settled = () => {
      this.#settled = undefined;
      this.#unwatch();
      callback();
    };
    background.whenIdle(() => this.#settled?.());
  }

  /** The deadline: the request's signal aborts, the response closes, and the client gets a 504. */
  expire(): void {
    // What the app's listeners start now belongs to this invocation, not to the one that happened to arm the timer.
    runInvocation(this, undefined, () => this.#expire());
  }

  #expire(): void {
    this.#isExpired = true;
    if (this.#settled !== undefined) {
      console.error("Cannot wait for what waitUntil was given: the invocation's time is over");
      this.#settled();
      return;
    }
    if (this.isAnswered) return;
    const message = this.#describeTimeout();
    console.error(message);
    // A platform may stop the process as soon as it has the answer, so the app learns of it first.
    this.abort(() => {
      if (this.#sink.isStarted) this.breakOff(new TidegateError("TIDEGATE_INVOCATION_TIMEOUT", message));
      else this.#answer(504, "Gateway Timeout", "TIDEGATE_INVOCATION_TIMEOUT", message);
    });
  }

  /**
   * Answers 500 for an app that broke before it sent anything. A turn later, as all else that ends an exchange: whoever
   * started it has it in hand by then.
   */
  protected answerFailed(): void {
    const message = "Cannot answer the request: the app threw before it sent a response";
    process.nextTick(() => this.#answer(500, "Internal Server Error", "TIDEGATE_APP_FAILED", message));
  }

  /** Ends a response that will not be complete. */
  protected breakOff(error: TidegateError): void {
    this.#unwatch();
    this.#sink.fail(error);
  }

  #unwatch(): void {
    this.#isOver = true;
    if (this.#isWatched) deadlines.remove(this);
  }

  #describeTimeout(): string {
    const { method, target } = this.input.head;
    const path = target.split("?", 1)[0];
    const named = this.route === undefined || this.route === path ? "" : ` (route "${this.route}")`;
    return `Cannot answer ${method} "${path}"${named}: the app did not finish before the function's timeout`;
  }

  #answer(status: number, statusText: string, code: string, message: string): void {
    const contentType = "application/json; charset=utf-8";
    const body = JSON.stringify({ error: { code, message, requestId: this.input.requestId } });
    const rawHeaders = ["Content-Type", contentType, "Content-Length", String(Buffer.byteLength(body))];
    this.#sink.head({ status, statusText, rawHeaders, contentType, contentEncoding: undefined });
    if (this.input.head.method !== "HEAD") this.#sink.chunk(body, "utf8");
    this.#sink.end();
  }
}
