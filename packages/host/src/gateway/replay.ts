/** Pause before a replay, times the number of replays, in milliseconds: by then a dead instance is known to be dead. */
const pauseMs = 20;

/**
 * How long a request waits before it is sent again, in milliseconds; what may be is the ledger's to say (decision 004).
 *
 * @param replays how often it is sent again, this time included
 */
export function replayPauseMs(replays: number): number {
  return pauseMs * replays;
}
