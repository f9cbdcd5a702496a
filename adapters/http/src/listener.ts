import { IncomingMessage, Server, ServerResponse } from "node:http";
import { TidegateError } from "@tidegate/core";

/** A Node HTTP app: what `http.createServer` takes. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What {@link toHandler} takes: a listener, a server with one, or a promise of either. */
export type App = Listener | Server | PromiseLike<Listener | Server>;

/** Tells whether a value can be awaited. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

function invalidApp(value: unknown): TidegateError {
  const actual = value === null ? "null" : typeof value;
  return new TidegateError(
    "TIDEGATE_APP_INVALID",
    `Cannot make a handler: expected a listener, a server or a promise of one, found ${actual}`,
  );
}

function fromReady(app: unknown): Listener {
  if (app instanceof Server) return (request, response) => app.emit("request", request, response);
  if (typeof app === "function") return app as Listener;
  throw invalidApp(app);
}

/**
 * Turns an app into one listener. A promised app starts loading now, and requests wait for it.
 *
 * @param app see {@link App}
 * @throws TIDEGATE_APP_INVALID when it is none; a promised app rejects with it at the first request
 */
export function toListener(app: App): Listener {
  // An Express app is a function, and might be given a `then` by nobody; a server is no promise either.
  if (!isPromiseLike(app)) return fromReady(app);
  let ready: Listener | undefined;
  const loading = Promise.resolve(app).then((loaded) => {
    ready = fromReady(loaded);
    return ready;
  });
  // Each request reports the failure; without this the process would end before the first one.
  loading.catch(() => {});
  return (request, response) =>
    ready === undefined ? loading.then((listener) => listener(request, response)) : ready(request, response);
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
