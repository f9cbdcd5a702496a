import { TidegateError } from "@tidegate/core";
import { platformWaitUntil } from "../context.ts";
import { Background } from "../exchange/background.ts";
import { deadlines, type Expiring } from "../exchange/deadline.ts";
import { type Invocation, type InvocationHolder, reportFailure, runInvocation } from "../invocation.ts";
import type { EventFunction } from "./on-event.ts";
import { setTrigger, type TriggerEvent } from "./trigger-event.ts";

/** What the platform passed with an event. */
export interface TriggerCall {
  /** The event as the platform passed it; parsed, where it came as bytes. */
  readonly event: unknown;
  readonly context: unknown;
  readonly requestId: string | undefined;
  /** Milliseconds since 1970 at which the app's time is over; `undefined` for never. */
  readonly dueMs: number | undefined;
}

/** A running call of a function registered with `onEvent`. */
class FunctionCall implements Expiring, InvocationHolder {
  readonly dueMs: number;
  readonly invocation: Invocation;
  readonly #abort = new AbortController();
  readonly #background = new Background();
  readonly #expired: () => void;

  constructor(trigger: TriggerEvent, call: TriggerCall, expired: () => void) {
    this.dueMs = call.dueMs ?? Number.POSITIVE_INFINITY;
    this.#expired = expired;
    const { event, context, requestId } = call;
    const keep = platformWaitUntil(context);
    this.invocation = {
      source: trigger.platform,
      event,
      context,
      requestId,
      deadlineMs: call.dueMs,
      signal: this.#abort.signal,
      waitUntil: (promise) => {
        if (keep === undefined) this.#background.add(promise);
        else keep(Promise.resolve(promise).catch(reportFailure));
      },
    };
    setTrigger(this.invocation, trigger);
  }

  expire(): void {
    this.#abort.abort();
    this.#expired();
  }

  whenIdle(callback: () => void): void {
    this.#background.whenIdle(callback);
  }
}

/**
 * Calls a function with an event, as an invocation of its own.
 *
 * @returns what the function gives, once what `waitUntil` was given is over, too; both at the latest at the deadline
 * @throws what the function throws; TIDEGATE_INVOCATION_TIMEOUT
 */
export function callFunction(run: EventFunction, trigger: TriggerEvent, call: TriggerCall): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  let expired = (): void => {
    const message = "Cannot complete the event: what onEvent registered did not finish before the timeout";
    reject(new TidegateError("TIDEGATE_INVOCATION_TIMEOUT", message));
  };
  const running = new FunctionCall(trigger, call, () => expired());
  if (call.dueMs !== undefined) deadlines.add(running, Date.now());
  // Called within a promise, so that a throw and a rejection are the same.
  const result = new Promise((give) => {
    give(runInvocation(running, undefined, run, trigger, running.invocation));
  });
  result.then(
    (value) => {
      expired = () => {
        console.error("Cannot wait for what waitUntil was given: the invocation's time is over");
        resolve(value);
      };
      running.whenIdle(() => {
        deadlines.remove(running);
        resolve(value);
      });
    },
    (error: unknown) => {
      deadlines.remove(running);
      reject(error);
    },
  );
  return promise;
}
