import { type Handler, type Listener, toHandler as toHttpHandler } from "@tidegate/http";

export { getInvocation, type Handler, type Invocation } from "@tidegate/http";

/** The part of a Koa app that the adapter uses. */
export interface KoaApp {
  /** Makes the app's listener. */
  callback(): Listener;
}

/**
 * Makes a function handler of a Koa app.
 *
 * @param app the app, or a promise of it; its middleware belongs in the module that makes the handler
 * @returns a handler for every platform `@tidegate/http` knows
 *
 * @example
 * const app = new Koa();
 * app.use((ctx) => { ctx.body = "hello"; });
 * export const handler = toHandler(app);
 */
export function toHandler(app: KoaApp | PromiseLike<KoaApp>): Handler {
  // A turn later, so that the rest of the module may still add middleware and settings.
  return toHttpHandler(Promise.resolve(app).then((ready) => ready.callback()));
}
