import type { FetchFunction } from "../platform/fetch-event.ts";

/** Settings for events that are no HTTP request. */
export interface TriggerOptions {
  /** Path below which the app is called, `POST <path>/<kind>`. Default: `/events`. */
  path?: string;
  /**
   * Whether to answer SQS, Kinesis, DynamoDB and Kafka on AWS with the items that failed, so that only these come again.
   * Set it together with `ReportBatchItemFailures` in the event source mapping: without that AWS takes every answer
   * for success, and what failed would be lost. Default: false, one failure makes the whole batch come again.
   */
  partialBatch?: boolean;
  /** Events of one batch in work at the same time. Those that have an order keep it. Default: 1. */
  concurrency?: number;
  /**
   * Whether an event of no known format is passed to the app as `POST <path>/invoke`, and the app's answer returned, as
   * for a direct invocation with a payload of its own. Default: only to a function registered for `invoke`.
   */
  invoke?: boolean;
}

/** What of a handler's settings concerns events that are no HTTP request. */
export interface TriggerSettings {
  /** See {@link TriggerOptions}. */
  readonly events?: TriggerOptions | undefined;
  /** Time given to the app for all events of an invocation, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** The app, if it speaks the web standard itself. */
  readonly fetch?: FetchFunction | undefined;
}

/** Defaults of {@link TriggerOptions}. */
const triggerDefaults: Readonly<Required<TriggerOptions>> = {
  path: "/events",
  partialBatch: false,
  concurrency: 1,
  invoke: false,
};

/** Settings without gaps: defaults filled in, the path with one slash before it and none after. */
export function fillTriggerOptions(options: TriggerOptions = {}): Required<TriggerOptions> {
  const path = (options.path ?? triggerDefaults.path).replace(/^\/*|\/+$/g, "");
  return {
    path: path === "" ? "" : `/${path}`,
    partialBatch: options.partialBatch ?? triggerDefaults.partialBatch,
    concurrency: Math.max(1, Math.floor(options.concurrency ?? triggerDefaults.concurrency) || 1),
    invoke: options.invoke ?? triggerDefaults.invoke,
  };
}
