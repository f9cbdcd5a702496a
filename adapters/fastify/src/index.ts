import type { IncomingMessage, ServerResponse } from "node:http";
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

/** The part of a Fastify instance that the adapter uses. */
export interface FastifyApp {
  /** Loads all plugins. */
  ready(): PromiseLike<unknown>;
  /** Answers one request; Fastify's documented way in for code that has a server of its own. */
  routing(request: IncomingMessage, response: ServerResponse): void;
}

const FASTIFY: Framework<FastifyApp> = {
  expected: "a Fastify instance, a promise of one, or a function that makes one",
  isApp: (value): value is FastifyApp => {
    const { ready, routing } = (value ?? {}) as Partial<FastifyApp>;
    return typeof ready === "function" && typeof routing === "function";
  },
  toListener: async (app) => {
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
};

/**
 * Makes a function handler of a Fastify instance. Its plugins load now, not with the first request.
 *
 * @param app the instance, a promise of it, or a function that makes it; its routes belong in the module that makes the
 * handler, before the first `await` after this
 * @param options see `HandlerOptions`
 * @returns a handler for every platform `@tidegate/http` knows; it answers 500 with TIDEGATE_APP_LOAD_FAILED when a
 * plugin fails, a promise rejects or a function throws, which runs again with the next call
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * const app = fastify();
 * app.get("/", async () => "hello");
 * export const handler = toHandler(app);
 */
export function toHandler(app: AppSource<FastifyApp>, options: Omit<HandlerOptions, "fetch"> = {}): Handler {
  return toHttpHandler(createListener(app, FASTIFY), options);
}
