import { setImmediate as turn } from "node:timers/promises";
import type { Handler } from "./contestant.ts";

/**
 * Calls between two turns of the event loop. Promises alone would starve what a call leaves for later, such as `finish`;
 * what it leaves belongs to its time.
 */
const group = 10;

/** Microseconds of one call, one call after the other for this long. */
export async function timePerCall(call: () => Promise<unknown>, seconds: number): Promise<number> {
  const started = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < seconds * 1000) {
    for (let index = 0; index < group; index += 1) await call();
    await turn();
    calls += group;
    elapsedMs = performance.now() - started;
  }
  return (elapsedMs * 1000) / calls;
}

/** Calls so many times. */
export async function callTimes(call: () => Promise<unknown>, times: number): Promise<void> {
  for (let calls = 0; calls < times; calls += group) {
    for (let index = 0; index < group; index += 1) await call();
    await turn();
  }
}

/** One call of a handler with always the same event. */
export function callOf(handler: Handler, event: object): () => Promise<unknown> {
  const context = { awsRequestId: "EXAMPLEid0000000000=", callbackWaitsForEmptyEventLoop: true };
  return () => handler(event, context);
}
