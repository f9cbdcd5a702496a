import type { Server } from "node:http";
import {
  type AppSource,
  createListener,
  type Framework,
  type Handler,
  type HandlerOptions,
  toHandler as toHttpHandler,
} from "@tidegate/http";

export {
  getInvocation,
  getTrigger,
  type Handler,
  type HandlerOptions,
  type Invocation,
  onEvent,
  type TriggerEvent,
  waitUntil,
} from "@tidegate/http";

/** The part of a Hapi server that the adapter uses. */
export interface HapiServer {
  /** Prepares caches and plugins and runs the `onPreStart` extensions, without listening. */
  initialize(): PromiseLike<void>;
  /** The server Hapi would listen with. */
  readonly listener: Pick<Server, "emit">;
}

const HAPI: Framework<HapiServer> = {
  expected: "a Hapi server, a promise of one, or a function that makes one",
  isApp: (value): value is HapiServer => {
    const { initialize, listener } = (value ?? {}) as Partial<HapiServer>;
    return typeof initialize === "function" && typeof listener?.emit === "function";
  },
  toListener: async (server) => {
    // Does nothing when the app has done it itself.
    await server.initialize();
    const { listener } = server;
    return (request, response) => listener.emit("request", request, response);
  },
};

/**
 * Makes a function handler of a Hapi server. It is initialised now, once, and never listens.
 *
 * @param app the server, a promise of it, or a function that makes it; its routes belong in the module that makes the
 * handler, before the first `await` after this
 * @param options see `HandlerOptions`
 * @returns a handler for every platform `@tidegate/http` knows; it answers 500 with TIDEGATE_APP_LOAD_FAILED when
 * `initialize` fails, a promise rejects or a function throws, which runs again with the next call
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * const server = Hapi.server();
 * server.route({ method: "GET", path: "/", handler: () => "hello" });
 * export const handler = toHandler(server);
 */
export function toHandler(app: AppSource<HapiServer>, options: Omit<HandlerOptions, "fetch"> = {}): Handler {
  return toHttpHandler(createListener(app, HAPI), options);
}
