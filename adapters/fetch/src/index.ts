import { type Handler, toHandler as toHttpHandler } from "@tidegate/http";
import { type FetchFunction, toNodeListener } from "./listener.ts";

export { getInvocation, type Handler, type Invocation } from "@tidegate/http";
export type { FetchFunction, NodeContext } from "./listener.ts";

/** An app of the web standard: a fetch function, or an object with one, as of Hono. */
export type FetchApp = FetchFunction | { fetch: FetchFunction };

function toFunction(app: FetchApp): FetchFunction {
  return typeof app === "function" ? app : (request, ...rest) => app.fetch(request, ...rest);
}

/**
 * Makes a function handler of an app that turns a web `Request` into a `Response`.
 *
 * A platform that passes a web `Request` reaches the app directly, with its further arguments; for all others the
 * request is built, and the second argument is a {@link NodeContext}.
 *
 * @param app the app, or a promise of it
 * @returns a handler for every platform `@tidegate/http` knows
 *
 * @example
 * const app = new Hono();
 * app.get("/", (c) => c.text("hello"));
 * export const handler = toHandler(app);
 */
export function toHandler(app: FetchApp | PromiseLike<FetchApp>): Handler {
  const ready = Promise.resolve(app).then(toFunction);
  const fetch: FetchFunction = async (request, ...rest) => (await ready)(request, ...rest);
  return toHttpHandler(ready.then(toNodeListener), { fetch });
}
