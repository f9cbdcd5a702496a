import type { IncomingMessage, ServerResponse } from "node:http";
import { type Handler, type Listener, toHandler as toHttpHandler } from "@tidegate/http";

export { getInvocation, type Handler, type Invocation } from "@tidegate/http";

/** The part of a Fastify instance that the adapter uses. */
export interface FastifyApp {
  /** Loads all plugins. */
  ready(): PromiseLike<unknown>;
  /** Answers one request; Fastify's documented way in for code that has a server of its own. */
  routing(request: IncomingMessage, response: ServerResponse): void;
}

async function load(app: FastifyApp | PromiseLike<FastifyApp>): Promise<Listener> {
  // An instance is a promise of itself as well; awaiting it also lets the module register the rest of its routes.
  const instance = await app;
  await instance.ready();
  return (request, response) => instance.routing(request, response);
}

/**
 * Makes a function handler of a Fastify instance. Its plugins load now, not with the first request.
 *
 * @param app the instance, or a promise of it
 * @returns a handler for every platform `@tidegate/http` knows
 *
 * @example
 * const app = fastify();
 * app.get("/", async () => "hello");
 * export const handler = toHandler(app);
 */
export function toHandler(app: FastifyApp | PromiseLike<FastifyApp>): Handler {
  return toHttpHandler(load(app));
}
