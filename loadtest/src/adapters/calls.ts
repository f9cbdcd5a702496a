import { setImmediate as turn } from "node:timers/promises";
import type { Handler } from "./contestant.ts";

/**
 * Calls between two turns of the event loop. Promises alone would starve what a call leaves for later, such as `finish`;
 * what it leaves belongs to its time.
 */
const group = 10;

/**
 * Microseconds of processor time of one call, one call after the other for this long. Not of the clock: calls of an
 * adapter wait for nothing, and whatever else runs on the machine would count.
 */
export async function timePerCall(call: () => Promise<unknown>, seconds: number): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  const started = process.cpuUsage();
  let calls = 0;
  while (performance.now() < endMs) {
    for (let index = 0; index < group; index += 1) await call();
    await turn();
    calls += group;
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / calls;
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
