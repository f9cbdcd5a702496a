import {
  type AppSource,
  type Handler,
  type HandlerOptions,
  LOAD,
  loadWebRequest,
  toHandler as toHttpHandler,
} from "@tidegate/http";
import { type FetchApp, type ReadyFetchApp, toFetch } from "./fetch-app.ts";
import { toNodeListener } from "./listener.ts";

export {
  FetchContext,
  type FetchFunction,
  getInvocation,
  getTrigger,
  type Handler,
  type HandlerOptions,
  type Invocation,
  onEvent,
  type TriggerEvent,
  waitUntil,
} from "@tidegate/http";
export type { FetchApp, ReadyFetchApp } from "./fetch-app.ts";
export { NodeContext } from "./listener.ts";

/**
 * Makes a function handler of an app that turns a web `Request` into a `Response`.
 *
 * A platform that passes a web `Request` reaches the app directly, with its further arguments. For an event the request
 * is made from it, and the second argument is a {@link FetchContext}; behind a Node server it is a {@link NodeContext}.
 * The third is then an execution context with `waitUntil`.
 *
 * @param app a fetch function, an object with one, a module or promise of either, or a function without parameters that
 * makes one. A promise loads now; a function runs with the first request, as it may be an app that ignores its request
 * @param options see `HandlerOptions`
 * @returns a handler for every platform `@tidegate/http` knows
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * const app = new Hono();
 * app.get("/", (c) => c.text("hello"));
 * export const handler = toHandler(app);
 */
export function toHandler(app: FetchApp, options?: Omit<HandlerOptions, "fetch">): Handler;
/** Also of a factory whose parameters all have defaults. */
export function toHandler(app: AppSource<ReadyFetchApp>, options?: Omit<HandlerOptions, "fetch">): Handler;
export function toHandler(
  app: FetchApp | AppSource<ReadyFetchApp>,
  options: Omit<HandlerOptions, "fetch"> = {},
): Handler {
  loadWebRequest();
  const { fetch, load } = toFetch(app);
  const listener = toNodeListener(fetch);
  return toHttpHandler(load === undefined ? listener : Object.assign(listener, { [LOAD]: load }), {
    ...options,
    fetch,
  });
}
