import {
  AppLoader,
  type AppModule,
  type AppSource,
  describeLoadFailure,
  type FetchFunction,
  findApp,
  findKnownApp,
  getInvocation,
  Hold,
  invalidApp,
  toLoadError,
} from "@tidegate/http";

/** What is served once it is loaded: a fetch function, or an object with one, as of Hono. */
export type ReadyFetchApp = FetchFunction | { fetch: FetchFunction };

type Loadable = ReadyFetchApp | AppModule<ReadyFetchApp>;

interface FetchSource {
  fetch(request: Request, ...rest: unknown[]): Response | Loadable | PromiseLike<Response | Loadable>;
}

/**
 * What `toHandler` takes: a fetch app, a module or promise of one, or a factory. Fetch functions and factories are one
 * type, as TypeScript would otherwise not know the arguments of the function that a factory returns.
 */
export type FetchApp = FetchSource["fetch"] | Loadable | PromiseLike<Loadable>;

/** A fetch function, and how to wait for the app behind it, if that is not there yet. */
export interface LoadedFetch {
  readonly fetch: FetchFunction;
  readonly load: (() => Promise<void>) | undefined;
}

const EXPECTED = "a fetch function, an object with one, a promise of either, or a function that makes either";

function hasFetch(value: unknown): value is { fetch: FetchFunction } {
  return typeof (value as { fetch?: unknown } | null | undefined)?.fetch === "function";
}

function isFetchApp(value: unknown): value is ReadyFetchApp {
  if (hasFetch(value)) return true;
  // An Express app is a function too, but of Node's request and response.
  if (typeof value !== "function" || findKnownApp(value) !== undefined) return false;
  return !/^class\b/.test(Function.prototype.toString.call(value));
}

/** Further arguments are passed on by position, since the array of a rest parameter would be made for each request. */
function toFunction(app: ReadyFetchApp): FetchFunction {
  return hasFetch(app) ? (request, env, context) => app.fetch(request, env, context) : app;
}

function answerLoadFailure(cause: unknown): Response {
  const error = toLoadError(cause);
  console.error(error);
  const headers = { "content-type": "application/json; charset=utf-8" };
  return new Response(describeLoadFailure(error, getInvocation()?.requestId), { status: 500, headers });
}

function whenLoaded(source: FetchApp | AppSource<ReadyFetchApp>): LoadedFetch {
  let ready: FetchFunction | undefined;
  const loader = new AppLoader(async () => {
    const app = await findApp(source, isFetchApp);
    if (isFetchApp(app)) return toFunction(app);
    throw invalidApp(EXPECTED, app);
  }).start();
  return {
    fetch: (request, env, context) => {
      if (ready !== undefined) return ready(request, env, context);
      return loader.load().then((loaded) => {
        ready = loaded;
        return loaded(request, env, context);
      }, answerLoadFailure);
    },
    load: () => loader.load().then(() => {}),
  };
}

// Not `instanceof`: a Response may be another realm's, or a polyfill's.
function isResponse(value: unknown): value is Response {
  const { status, headers } = (value ?? {}) as Partial<Response>;
  return typeof status === "number" && typeof headers === "object";
}

/**
 * Serves a function without declared parameters, which may be an app that ignores its request or make an app. The
 * first request decides: what it gives is a response, or the app. Requests that come before this is known wait for it, so
 * that a factory runs once, but no longer than a {@link Hold} lasts; after a failure the next request tries again.
 */
function decideByFirst(either: FetchFunction): FetchFunction {
  let ready: FetchFunction | undefined;
  let running = 0;
  let hold: Hold | undefined;

  async function attempt(request: Request, env: unknown, context: unknown): Promise<Response> {
    const own = running++ === 0 ? new Hold() : undefined;
    hold ??= own;
    try {
      const given: unknown = await findApp(either(request, env, context), isFetchApp);
      if (isResponse(given)) {
        ready ??= either;
        return given;
      }
      if (!isFetchApp(given)) throw invalidApp(EXPECTED, given);
      ready ??= toFunction(given);
    } catch (error) {
      if (ready === either) throw error;
      own?.fail(error);
      return answerLoadFailure(error);
    } finally {
      running--;
      if (hold === own) hold = undefined;
      own?.release();
    }
    return ready(request, env, context);
  }

  return (request, env, context) => {
    if (ready !== undefined) return ready(request, env, context);
    if (hold === undefined) return attempt(request, env, context);
    return hold.over.then(() => {
      hold = undefined;
      return (ready ?? attempt)(request, env, context);
    }, answerLoadFailure);
  };
}

/**
 * Turns a fetch app into one function. Once the app is loaded, it is a direct call of it.
 *
 * A promise starts loading now. A function that declares a parameter is a fetch function; one without may be an app
 * that ignores its request, `() => new Response("hi")`, or make one, `async () => app`: the first request tells.
 *
 * @throws TIDEGATE_APP_INVALID when it is no app
 */
export function toFetch(source: FetchApp | AppSource<ReadyFetchApp>): LoadedFetch {
  if (hasFetch(source)) return { fetch: toFunction(source), load: undefined };
  if (typeof source === "function") {
    if (!isFetchApp(source)) throw invalidApp(EXPECTED, source);
    const fetch = source as FetchFunction;
    return { fetch: fetch.length > 0 ? fetch : decideByFirst(fetch), load: undefined };
  }
  if (findKnownApp(source) !== undefined) throw invalidApp(EXPECTED, source);
  const { then, default: exported } = (source ?? {}) as { then?: unknown; default?: unknown };
  if (typeof then !== "function" && exported === undefined) throw invalidApp(EXPECTED, source);
  return whenLoaded(source);
}
