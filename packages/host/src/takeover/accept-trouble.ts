import type { HostEvent } from "../host-options.ts";

/** Under a flood each connection fails: this often one of them is told, in milliseconds. */
const tellEveryMs = 10_000;

/** Makes what tells of connections that could not be accepted, now and then. */
export function createAcceptTrouble(onEvent: (event: HostEvent) => void): (error: NodeJS.ErrnoException) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    const now = performance.now();
    if (now - toldAt < tellEveryMs) return;
    toldAt = now;
    const message = `Cannot accept a connection: ${error.message}; the host goes on accepting`;
    onEvent({ type: "problem", code: "TIDEGATE_ACCEPT_FAILED", function: null, message });
  };
}
