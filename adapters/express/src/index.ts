import { type Handler, type Listener, toHandler as toHttpHandler } from "@tidegate/http";

export { getInvocation, type Handler, type Invocation } from "@tidegate/http";

/** An Express app, version 4 or 5: a function that takes Node's request and response. */
export type ExpressApp = Listener;

/**
 * Makes a function handler of an Express app.
 *
 * @param app the app, or a promise of it; never call `listen` on it
 * @returns a handler for every platform `@tidegate/http` knows
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * const app = express();
 * app.get("/", (req, res) => res.send("hello"));
 * export const handler = toHandler(app);
 */
export function toHandler(app: ExpressApp | PromiseLike<ExpressApp>): Handler {
  return toHttpHandler(app);
}
