/** How one invocation ended. Every request ends in exactly one record. */
export interface InvocationRecord {
  /** Kept from `x-request-id`, else made by the gateway. */
  readonly requestId: string;
  readonly function: string;
  /** The revision that answered; null when none did. */
  readonly revision: string | null;
  /** The instance that answered; null when none did. */
  readonly instance: string | null;
  readonly method: string;
  /** Path with query, as the client sent it. */
  readonly target: string;
  /** What the client speaks. */
  readonly protocol: "http/1.0" | "http/1.1" | "h2";
  /** Trace id of the client's `traceparent` (W3C Trace Context), 32 hexadecimal digits; null without a valid one. */
  readonly traceId: string | null;
  /** When its head had been read, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Status the client got; 0 when it went away before one was sent. */
  readonly status: number;
  /** Whole duration in milliseconds, from the request's head to the last byte of its response. */
  readonly durationMs: number;
  /** Part of it spent waiting for room in an instance. */
  readonly queueMs: number;
  /** Part of it spent waiting for an instance to start, beside `queueMs`; above 0 only with `coldStart`. */
  readonly startMs: number;
  /** Whether it waited for an instance that was starting. */
  readonly coldStart: boolean;
  /** How often it was sent to a further instance because one was lost. */
  readonly replays: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Stable code of what went wrong; null when nothing did. */
  readonly error: string | null;
}
