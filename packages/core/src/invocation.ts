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
  /** Status the client got; 0 when it went away before one was sent. */
  readonly status: number;
  /** Whole duration in milliseconds, from the request's head to the last byte of its response. */
  readonly durationMs: number;
  /** Part of it spent waiting for an instance. */
  readonly queueMs: number;
  /** Whether it waited for an instance that was starting. */
  readonly coldStart: boolean;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Stable code of what went wrong; null when nothing did. */
  readonly error: string | null;
}
