import {
  type AppSource,
  type Handler,
  type HandlerOptions,
  type Listener,
  type ListenerSource,
  toHandler as toHttpHandler,
  toListener,
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

const EXPECTED = "an Express app, a promise of one, or a function that makes one";

/** An Express app, version 4 or 5: a function that takes Node's request and response. */
export type ExpressApp = Listener;

/**
 * Makes a function handler of an Express app.
 *
 * @param app the app, a promise of it, or a function that makes it; never call `listen` on it
 * @param options see `HandlerOptions`
 * @returns a handler for every platform `@tidegate/http` knows; it answers 500 with TIDEGATE_APP_LOAD_FAILED when a
 * promise rejects or a function throws, which runs again with the next call
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * const app = express();
 * app.get("/", (req, res) => res.send("hello"));
 * export const handler = toHandler(app);
 */
export function toHandler(app: ListenerSource<ExpressApp>, options?: Omit<HandlerOptions, "fetch">): Handler;
/** Also of a factory whose parameters all have defaults. */
export function toHandler(app: AppSource<ExpressApp>, options?: Omit<HandlerOptions, "fetch">): Handler;
export function toHandler(
  app: ListenerSource<ExpressApp> | AppSource<ExpressApp>,
  options: Omit<HandlerOptions, "fetch"> = {},
): Handler {
  return toHttpHandler(toListener(app, EXPECTED), options);
}
