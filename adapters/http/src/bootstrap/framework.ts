import type { Listener } from "../listener.ts";
import { AppLoader } from "./app-loader.ts";
import { findKnownApp, invalidApp, isClass } from "./known-app.ts";
import { answerLoadFailure } from "./load-failure.ts";

/** A module whose default export is an app: what `import("./app.js")` gives. */
export interface AppModule<T> {
  readonly default: T;
}

/**
 * Property of a listener or handler whose app has to be loaded first: waits for that. A platform that tells when it
 * initialises a function, apart from calling it, can call this then; it rejects when the app could not be loaded.
 */
export const LOAD: unique symbol = Symbol.for("tidegate.load");

/** A listener or handler that may have to load its app. */
export interface Loading {
  readonly [LOAD]?: () => Promise<void>;
  /** The app's own listener, once it is known. */
  loaded?: Listener;
}

/** What every adapter's `toHandler` takes: the app, a promise of it, or a function that makes either. */
export type AppSource<T> =
  | T
  | AppModule<T>
  | PromiseLike<T | AppModule<T>>
  | (() => T | AppModule<T> | PromiseLike<T | AppModule<T>>);

/** How the apps of one framework become listeners. */
export interface Framework<T> {
  /** What is taken, with its article, for messages: "a Koa app". */
  readonly expected: string;
  /** Tells whether a value is an app of this framework. */
  isApp(value: unknown): value is T;
  /** Starts a loaded app and gives its listener. Called once, and again for the next call if it failed. */
  toListener(app: T): Listener | PromiseLike<Listener>;
}

/** Tells whether a value can be awaited. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/**
 * Finds the app in what a source gave: awaited, and taken out of a module. CommonJS seen through `import()` may have
 * two default exports inside each other.
 *
 * @returns the app, or the innermost value that is none
 */
export async function findApp<T>(given: unknown, isApp: (value: unknown) => value is T): Promise<unknown> {
  // An app may be a promise of itself, as a Fastify instance is; it is not awaited then.
  let value = isApp(given) ? given : await given;
  for (let depth = 0; depth < 2 && !isApp(value); depth++) {
    if (typeof value !== "object" || value === null || !("default" in value)) break;
    value = value.default;
  }
  return value;
}

/**
 * Makes a listener that waits for its app to load, and afterwards is one direct call of the app's own.
 *
 * A request whose response is over by then, as its deadline passed or its client went away, does not reach the app.
 */
export function listenWhenLoaded(loader: AppLoader<Listener>): Listener & Loading {
  const listener: Listener & Loading = (request, response) => {
    if (listener.loaded !== undefined) return listener.loaded(request, response);
    return loader.load().then(
      (loaded) => {
        listener.loaded = loaded;
        return response.writableEnded || response.destroyed ? undefined : loaded(request, response);
      },
      (error: unknown) => answerLoadFailure(request, response, error),
    );
  };
  return Object.assign(listener, { [LOAD]: () => loader.load().then(() => {}) });
}

/**
 * Makes a listener of an app of some framework: the base of every adapter's `toHandler`.
 *
 * The app loads now, not with the first request. A factory runs once, and once more for the next request after it failed.
 *
 * @param source the app, a promise of it, or a function that makes either; called without arguments
 * @param framework how its apps become listeners
 * @returns a listener for `toHandler`; answers 500 with TIDEGATE_APP_LOAD_FAILED or TIDEGATE_APP_INVALID while there is no app
 * @throws TIDEGATE_APP_INVALID when the source is none of the three
 *
 * @example
 * const restify = {
 *   expected: "a Restify server",
 *   isApp: (value): value is Server => typeof value?.pre === "function",
 *   toListener: (app) => (req, res) => app.server.emit("request", req, res),
 * };
 * export const handler = toHandler(createListener(createServer, restify));
 */
export function createListener<T>(source: AppSource<T>, framework: Framework<T>): Listener {
  const { isApp, expected } = framework;
  // An Express app is a function, and a Fastify instance has a `then`: neither is a source of another framework's app.
  if (!isApp(source) && findKnownApp(source) !== undefined) throw invalidApp(expected, source);
  const isFactory = typeof source === "function" && !isClass(source) && !isApp(source) && !isPromiseLike(source);
  const isModule = typeof source === "object" && source !== null && "default" in source;
  if (!isFactory && !isModule && !isApp(source) && !isPromiseLike(source)) throw invalidApp(expected, source);
  const loader = new AppLoader(async () => {
    const app = await findApp(isFactory ? (source as () => unknown)() : source, isApp);
    if (isApp(app)) return framework.toListener(app);
    throw invalidApp(expected, app);
  });
  return listenWhenLoaded(loader.start());
}
