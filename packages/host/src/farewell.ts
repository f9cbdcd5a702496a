import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import type { DrainOptions, Gateway } from "./gateway/gateway.ts";
import type { FunctionTable } from "./reload/function-table.ts";

/** What takes too long is looked for about once a second: its answer, a 504, must still find its client, in milliseconds. */
const timeoutSlackMs = 2_000;

/** When a host stops, apps get this long to end their event streams and WebSockets after SIGTERM, in milliseconds. */
const streamGraceMs = 2_000;

/** When a host stops, clients get this long to read what is left for them, in milliseconds. */
const unreadMs = 2_000;

/** How a host takes leave of its clients. */
export interface Farewell extends DrainOptions {
  readonly drainDelayMs: number;
  /** Whether another host serves already: then nothing hurries. */
  readonly isReplaced: boolean;
}

/** The parts of a host that end, and their times. */
export interface Leaving {
  readonly gateway: Gateway;
  readonly functions: FunctionTable;
  /** Longest time that a request may take. */
  readonly timeoutMs: () => number;
  /** Longest time that a client may owe its body. */
  readonly bodyTimeoutMs: () => number;
  /** Aborted when it is to end at once. */
  readonly cut: AbortSignal;
}

/** Ends what a host serves: its requests, then its apps, then its connections. Resolves when none of it is left. */
export async function takeLeave(leaving: Leaving, { drainDelayMs, isReplaced, ...options }: Farewell): Promise<void> {
  const { gateway, functions, cut } = leaving;
  if (drainDelayMs > 0) {
    gateway.announceStop();
    await setTimeoutAsync(drainDelayMs, undefined, { signal: cut }).catch(() => {});
  }
  const timeoutMs = leaving.timeoutMs();
  const begunAt = performance.now();
  // Requests first: those that still wait get instances until none is left.
  await gateway.drain(timeoutMs + timeoutSlackMs, options);
  if (isReplaced) {
    // Nothing hurries: streams may end by themselves in what is left of the time, and keep their instances until then.
    void functions.stop("drain");
    await gateway.streamsEnded(Math.max(0, timeoutMs - (performance.now() - begunAt)));
  }
  // Then the apps, while their streams still reach the clients: their own SIGTERM handlers can end them in order.
  const ended = functions.stop("terminate");
  await gateway.streamsEnded(streamGraceMs);
  await gateway.close(isReplaced ? leaving.bodyTimeoutMs() : unreadMs);
  await ended;
}
