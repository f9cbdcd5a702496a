import {
  type AppSource,
  createListener,
  type Framework,
  type Handler,
  type HandlerOptions,
  type Listener,
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

/** The part of a Koa app that the adapter uses. */
export interface KoaApp {
  /** Makes the app's listener. */
  callback(): Listener;
}

const KOA: Framework<KoaApp> = {
  expected: "a Koa app, a promise of one, or a function that makes one",
  isApp: (value): value is KoaApp =>
    typeof value === "object" && typeof (value as Partial<KoaApp> | null)?.callback === "function",
  toListener: (app) => app.callback(),
};

/**
 * Makes a function handler of a Koa app, version 2 or 3.
 *
 * @param app the app, a promise of it, or a function that makes it; its middleware belongs in the module that makes the
 * handler, before the first `await` after this
 * @param options see `HandlerOptions`
 * @returns a handler for every platform `@tidegate/http` knows; it answers 500 with TIDEGATE_APP_LOAD_FAILED when a
 * promise rejects or a function throws, which runs again with the next call
 * @throws TIDEGATE_APP_INVALID when the app is none
 *
 * @example
 * const app = new Koa();
 * app.use((ctx) => { ctx.body = "hello"; });
 * export const handler = toHandler(app);
 */
export function toHandler(app: AppSource<KoaApp>, options: Omit<HandlerOptions, "fetch"> = {}): Handler {
  return toHttpHandler(createListener(app, KOA), options);
}
