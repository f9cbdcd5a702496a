import { EventEmitter } from "node:events";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { Server as SecureServer } from "node:https";
import { roundTrip } from "../platform/round-trip.ts";
import type { Shape } from "../platform/shape.ts";

type RoundTrip = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Puts a platform between every HTTP server of this process and its `request` listeners.
 *
 * A server announces a request by emitting `request`; this takes the announcement's place. So it does not matter how a
 * listener came to the server, when, or how many there are. Upgrades, CONNECT and `checkContinue` stay as they are.
 *
 * @param shape the platform
 */
export function install(shape: Shape): void {
  const trips = new WeakMap<EventEmitter, RoundTrip>();

  function tripOf(server: EventEmitter): RoundTrip {
    let trip = trips.get(server);
    if (trip === undefined) {
      // The very emit this one replaces: it reaches the listeners of that moment, in their order.
      trip = roundTrip(shape, (request, response) => emit.call(server, "request", request, response));
      trips.set(server, trip);
    }
    return trip;
  }

  const { emit } = EventEmitter.prototype;
  function emitThroughEvents(this: EventEmitter, name: string | symbol, ...values: unknown[]): boolean {
    if (name !== "request" || this.listenerCount("request") === 0) return emit.call(this, name, ...values);
    tripOf(this)(values[0] as IncomingMessage, values[1] as ServerResponse);
    return true;
  }
  for (const { prototype } of [Server, SecureServer]) {
    Object.defineProperty(prototype, "emit", { value: emitThroughEvents, configurable: true, writable: true });
  }
}
