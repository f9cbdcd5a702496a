import {
  type AppSource,
  createListener,
  type Handler,
  type HandlerOptions,
  toHandler as toHttpHandler,
} from "@tidegate/http";
import { NEXT, type NextApp } from "./next-app.ts";
import { provideRequestContext } from "./request-context.ts";

/**
 * Makes a function handler of a Next app. It is prepared once, now rather than with the first request; if that fails,
 * each request says so, and the next one tries again.
 *
 * @param app the server `next({ dev: false, dir })` returns, a promise of it, or a function that makes either
 * @param options see {@link HandlerOptions}
 * @returns a handler for every platform `@tidegate/http` knows
 * @throws TIDEGATE_APP_INVALID when the app is none of the three
 *
 * @example
 * export const handler = toHandler(() => next({ dev: false, dir: import.meta.dirname }));
 */
export function toHandler(app: AppSource<NextApp>, options: HandlerOptions = {}): Handler {
  provideRequestContext();
  return toHttpHandler(createListener(app, NEXT), options);
}
