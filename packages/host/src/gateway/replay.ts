/** Methods that may be sent twice (RFC 9110, 9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** How often a request is sent again: once if it may have killed its instance, more if it never reached one. */
const mostReplays = { reached: 1, unreached: 5 } as const;

/** Pause before a replay, times the number of replays, in milliseconds: by then a dead instance is known to be dead. */
const pauseMs = 20;

/** A request whose instance was lost before a byte of a response. */
export interface LostRequest {
  readonly method: string;
  /** Whether the instance may have seen something of it. */
  readonly hasReached: boolean;
  /** Whether all that came of it can be sent once more. */
  readonly isRepeatable: boolean;
  /** How often it was sent again already. */
  readonly replays: number;
}

/**
 * Decides whether a request is sent once more, to another instance (decision 004).
 * @returns the pause before, in milliseconds; null when it must not be sent again
 */
export function replayPause({ method, hasReached, isRepeatable, replays }: LostRequest): number | null {
  if (!isRepeatable || replays >= (hasReached ? mostReplays.reached : mostReplays.unreached)) return null;
  return hasReached && !idempotentMethods.has(method) ? null : pauseMs * (replays + 1);
}
