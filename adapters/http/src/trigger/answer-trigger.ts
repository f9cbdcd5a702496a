import {
  detectSource,
  detectTrigger,
  TidegateError,
  type TriggerInput,
  type TriggerSource,
  triggerInput,
} from "@tidegate/core";
import { LOAD, type Loading } from "../bootstrap/framework.ts";
import { toLoadError } from "../bootstrap/load-failure.ts";
import { contextRequestId, deadlineMs } from "../context.ts";
import { deadlines, type Expiring } from "../exchange/deadline.ts";
import type { Listener } from "../listener.ts";
import { type Callback, callBack, takesCallback } from "../platform/callback.ts";
import { answerBatch } from "./batch-answer.ts";
import { type Delivery, deliver } from "./deliver.ts";
import type { TriggerCall } from "./function-call.ts";
import { invoke, takesInvoke } from "./invoke.ts";
import { batchFailed, runBatch } from "./run-batch.ts";
import { fillTriggerOptions, type TriggerSettings } from "./trigger-options.ts";

/** Bytes, texts and lists are no HTTP request; of objects the known sources decide what is missing. */
function unknown(event: unknown): TidegateError {
  if (typeof event === "string" || event instanceof Uint8Array) {
    const form = typeof event === "string" ? "its text is no JSON" : "its bytes are no JSON";
    return new TidegateError("TIDEGATE_EVENT_UNKNOWN", `Cannot map event to a request: ${form}`);
  }
  try {
    detectSource(event);
  } catch (error) {
    if (error instanceof TidegateError) return error;
  }
  return new TidegateError("TIDEGATE_EVENT_UNKNOWN", "Cannot map event to a request: it is of no known form");
}

/** Waits for an app that is still loading, since it registers its functions for events while it does. */
async function untilLoaded(listener: Listener, dueMs: number | undefined): Promise<void> {
  const load = (listener as Loading)[LOAD];
  if (load === undefined) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const message = "Cannot deliver the event: the app was not loaded before the function's timeout";
  const waiting: Expiring = {
    dueMs: dueMs ?? Number.POSITIVE_INFINITY,
    expire: () => reject(new TidegateError("TIDEGATE_INVOCATION_TIMEOUT", message)),
  };
  if (dueMs !== undefined) deadlines.add(waiting, Date.now());
  load().then(resolve, (error: unknown) => reject(toLoadError(error)));
  await promise.finally(() => deadlines.remove(waiting));
}

async function run(
  listener: Listener,
  source: TriggerSource,
  input: TriggerInput,
  call: TriggerCall,
  settings: TriggerSettings,
): Promise<unknown> {
  const options = fillTriggerOptions(settings.events);
  const items = source.read(input);
  const delivery: Delivery = {
    listener,
    fetch: settings.fetch,
    platform: source.name,
    call,
    path: options.path,
    total: items.length,
  };
  const results = await runBatch(items, {
    concurrency: options.concurrency,
    dueMs: call.dueMs,
    run: (item, index) => deliver(delivery, item, index),
  });
  const [first] = results;
  if (source !== invoke || first === undefined) return answerBatch(source, results, options.partialBatch);
  if (first.state === "done") return first.value;
  throw batchFailed(results, source.name);
}

async function answer(
  listener: Listener,
  event: unknown,
  context: unknown,
  settings: TriggerSettings,
  named: (source: TriggerSource) => void,
): Promise<unknown> {
  const input = triggerInput(event, context, contextRequestId(context) ?? crypto.randomUUID());
  let source = detectTrigger(input);
  if (source !== undefined) named(source);
  const dueMs = deadlineMs(context, settings.timeoutMs, Date.now());
  await untilLoaded(listener, dueMs);
  if (source === undefined && takesInvoke(fillTriggerOptions(settings.events).invoke)) source = invoke;
  if (source === undefined) throw unknown(event);
  const call = { event, context, requestId: contextRequestId(context), dueMs };
  return run(listener, source, input, call, settings);
}

/**
 * Answers an event that is no HTTP request: each of its events goes to a function registered with `onEvent`, or to the
 * app as `POST /events/<kind>` with CloudEvents headers.
 *
 * @param listener the app
 * @param event the event; bytes or text only where they are no JSON
 * @param context the platform's context; a callback with Google's Functions Framework, which then passes no context
 * @param settings see {@link TriggerSettings}
 * @param callback called too where the platform documents a callback; the promise is returned in any case
 * @returns `null`; `{ batchItemFailures }` for the sources that read it, also when all is done; or the answer to a direct
 * invocation
 * @throws TIDEGATE_EVENT_UNKNOWN, TIDEGATE_EVENT_MALFORMED, TIDEGATE_EVENT_FAILED,
 * TIDEGATE_APP_LOAD_FAILED
 */
export function answerTrigger(
  listener: Listener,
  event: unknown,
  context: unknown,
  settings: TriggerSettings = {},
  callback?: unknown,
): Promise<unknown> {
  if (typeof context === "function") {
    // Who takes a callback ignores the promise: one that rejects would end the process.
    return callBack(
      context as Callback,
      answer(listener, event, undefined, settings, () => {}),
    );
  }
  let name = "";
  const answered = answer(listener, event, context, settings, (source) => {
    name = source.name;
  });
  if (takesCallback(callback, name)) void callBack(callback, answered);
  return answered;
}
