import type { IncomingMessage, ServerResponse } from "node:http";
import { type Handler, type Listener, toHandler as toHttpHandler } from "@tidegate/http";

export { getInvocation, type Handler, type Invocation } from "@tidegate/http";

/** The part of a Next server that the adapter uses: Next's documented custom server API. */
export interface NextApp {
  /** Loads the built pages. */
  prepare(): PromiseLike<void>;
  /** Makes the function that answers requests. */
  getRequestHandler(): (request: IncomingMessage, response: ServerResponse) => PromiseLike<void>;
}

async function load(app: NextApp | PromiseLike<NextApp>): Promise<Listener> {
  const server = await app;
  await server.prepare();
  return server.getRequestHandler();
}

/**
 * Makes a function handler of a Next app. It prepares now, once, not with the first request.
 *
 * @param app the server `next({ dev: false, dir })` returns, or a promise of it
 * @returns a handler for every platform `@tidegate/http` knows
 *
 * @example
 * export const handler = toHandler(next({ dev: false, dir: import.meta.dirname }));
 */
export function toHandler(app: NextApp | PromiseLike<NextApp>): Handler {
  return toHttpHandler(load(app));
}
