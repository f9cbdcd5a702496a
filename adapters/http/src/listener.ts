import { isFactory, listenToEither, listenToFactory } from "./bootstrap/app-function.ts";
import { type AppModule, type AppSource, createListener, type Framework } from "./bootstrap/framework.ts";
import { findKnownApp, invalidApp, isClass } from "./bootstrap/known-app.ts";
import { IncomingMessage, Server, ServerResponse } from "./node-http.ts";

// biome-ignore lint/performance/noBarrelFile: it stands with the loading, and whoever calls a listener needs it too
export { isPromiseLike } from "./bootstrap/framework.ts";

/** A Node HTTP app: what `http.createServer` takes. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server with a listener; of `node:https` too. */
interface ListeningServer {
  listen(...args: never[]): unknown;
  emit(event: "request", request: IncomingMessage, response: ServerResponse): boolean;
  listenerCount(event: "request"): number;
}

/** A router with a listener, as of Polka. */
interface ListeningRouter {
  handler(request: IncomingMessage, response: ServerResponse): unknown;
  listen(...args: never[]): unknown;
}

/** What is served once it is loaded: a listener, a server or router with one. */
export type NodeApp = Listener | ListeningServer | ListeningRouter;

// What a listener gives matters to nobody. Not `unknown`, which would swallow the app a factory gives.
// biome-ignore lint/suspicious/noConfusingVoidType: a listener declared to return `void` returns just that
type Ignored = NonNullable<unknown> | null | undefined | void;

/**
 * What the `toHandler` of frameworks with listeners for apps takes: the app, a module or promise of it, or a function
 * that makes any. Listeners and factories are one type, as TypeScript would otherwise know the arguments of neither, nor
 * those of the listener that a factory returns.
 */
export type ListenerSource<T extends NodeApp> =
  | ((request: IncomingMessage, response: ServerResponse) => T | AppModule<T> | PromiseLike<T | AppModule<T>> | Ignored)
  | Exclude<T, Listener>
  | AppModule<T>
  | PromiseLike<T | AppModule<T>>;

/** What {@link toHandler} takes: a listener, a server or router with one, a module or promise of any, or a factory. */
export type App = ListenerSource<NodeApp>;

function hasMethods(value: unknown, ...names: string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

function isServer(value: unknown): value is ListeningServer {
  return value instanceof Server || (hasMethods(value, "listen", "emit", "listenerCount") && !findKnownApp(value));
}

function isRouter(value: unknown): value is ListeningRouter {
  return hasMethods(value, "handler", "listen");
}

function fromReady(app: NodeApp): Listener {
  if (isServer(app)) return (request, response) => app.emit("request", request, response);
  return isRouter(app) ? (request, response) => app.handler(request, response) : app;
}

const NODE: Framework<NodeApp> = {
  expected: "a listener, a server with one, a promise of either, or a function that makes either",
  isApp: (value): value is NodeApp =>
    typeof value === "function" ? !isClass(value) : isServer(value) || isRouter(value),
  toListener: fromReady,
};

/**
 * Turns an app into one listener. Once the app is loaded, the listener is a direct call of it.
 *
 * A function is told apart by its parameters, since a factory cannot do what it has to do without returning an app,
 * and a listener cannot without its arguments:
 * - it declares two or more: a listener;
 * - it declares none and cannot see its arguments otherwise, as `async () => app`: a factory, which runs now. One that
 *   returns nothing at once, as `() => {}`, is a listener that never answers;
 * - it declares one, or may see them by a rest parameter, `arguments`, or because it is bound or a proxy: the first
 *   request decides. It is called as a listener, and was a factory if it gave an app and used neither argument.
 *
 * @param app see {@link App}
 * @param expected what is taken, with its article, for messages. Default: what Node serves
 * @throws TIDEGATE_APP_INVALID when it is none. What a promise or a factory gives is checked later: each request is
 *   then answered with that code, or with TIDEGATE_APP_LOAD_FAILED when the promise rejects or the factory throws
 */
export function toListener(app: App | AppSource<NodeApp>, expected: string = NODE.expected): Listener {
  const framework = { ...NODE, expected };
  if (typeof app !== "function") {
    // A server is ready as it is: nothing has to be awaited.
    return NODE.isApp(app) ? fromReady(app) : createListener<NodeApp>(app, framework);
  }
  if (isClass(app)) throw invalidApp(expected, app);
  if (app.length > 1) return app as Listener;
  return isFactory(app) ? listenToFactory(app, framework) : listenToEither(app, framework);
}

/** Tells whether two arguments are a request and a response of Node, or objects that behave like them. */
export function isNodePair(first: unknown, second: unknown): boolean {
  if (first instanceof IncomingMessage && second instanceof ServerResponse) return true;
  return (
    typeof second === "object" &&
    second !== null &&
    typeof (second as { writeHead?: unknown }).writeHead === "function" &&
    typeof (first as { url?: unknown } | null | undefined)?.url === "string"
  );
}
