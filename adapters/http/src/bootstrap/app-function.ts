import type { IncomingMessage, ServerResponse } from "node:http";
import type { Listener } from "../listener.ts";
import { AppLoader } from "./app-loader.ts";
import { type Framework, findApp, isPromiseLike, type Loading, listenWhenLoaded } from "./framework.ts";
import { Hold } from "./hold.ts";
import { findKnownApp, invalidApp } from "./known-app.ts";
import { answerLoadFailure } from "./load-failure.ts";

type AnyFunction = (...args: never[]) => unknown;

// The beginning of a function's source whose parameter list is empty, or starts with a name or a pattern: with
// `length` 0 that parameter has a default value. A rest parameter, a comment or native code does not match.
const OWN_PARAMETERS: RegExp = /^[\w$\s*]*\(\s*[)\w$[{]/;
// Ways to see arguments without declaring them; native code is also what proxies and bound functions show.
const HIDDEN_PARAMETERS: RegExp = /\barguments\b|\beval\b|\[native code\]/;

/**
 * Tells whether a function surely has no use for a request: it declares no parameter without a default, and does not
 * look at its arguments in another way. Such a function makes an app. Where `false` is given it may be either.
 *
 * @example
 * isFactory(async () => express()); // true
 * isFactory((...args) => app(...args)); // false: a listener in wrapping, or a mocked factory
 */
export function isFactory(value: AnyFunction): boolean {
  if (value.length > 0) return false;
  const source = Function.prototype.toString.call(value);
  return OWN_PARAMETERS.test(source) && !HIDDEN_PARAMETERS.test(source);
}

/** Judges what a function without declared parameters gave: an app, if it is a factory, else nothing. */
async function judge(given: unknown, framework: Framework<unknown>): Promise<Listener | undefined> {
  const app = await findApp(given, framework.isApp);
  if (framework.isApp(app)) return framework.toListener(app);
  if (findKnownApp(app) !== undefined) throw invalidApp(framework.expected, app);
  return undefined;
}

/**
 * Makes a listener of a factory, which runs now. One that gives nothing at once is taken for a listener that ignores its
 * request, as `() => {}` is where a test needs an app that never answers. One that gives something else, or a promise,
 * was meant to make an app: each request is told that it did not.
 */
export function listenToFactory(factory: AnyFunction, framework: Framework<unknown>): Listener {
  const loader = new AppLoader(async () => {
    const given = (factory as () => unknown)();
    const listener = await judge(given, framework);
    if (listener !== undefined) return listener;
    if (typeof given === "object" && given !== null)
      throw invalidApp(framework.expected, await findApp(given, framework.isApp));
    process.emitWarning("The function given to toHandler takes no request and made no app; does it lack a return?", {
      code: "TIDEGATE_APP_INVALID",
    });
    return factory as Listener;
  });
  return listenWhenLoaded(loader.start());
}

/**
 * Watches whether anybody uses a request or its response. Nothing is changed on them: what is seen is whether the
 * response began and the body is read.
 */
function watchUse(request: IncomingMessage, response: ServerResponse): () => boolean {
  const { readableFlowing } = request;
  return () => {
    if (response.headersSent || response.writableEnded) return true;
    // A response that was given up, by its client or at its deadline, takes its request along: that is no use.
    return !response.destroyed && request.readableFlowing !== readableFlowing;
  };
}

/**
 * Makes a listener of a function that may be a listener or a factory, as `(...args) => app(...args)`, a function that
 * uses `arguments` or declares one parameter, a bound or a mocked one.
 *
 * It is called with request and response, like a listener. It was a factory if it gave an app and used neither; the app
 * then answers that request and all others. Else it is a listener. Requests that come before this is known wait for it,
 * so that a factory runs once, but no longer than a {@link Hold} lasts: then the function is called with them as well.
 */
export function listenToEither(app: AnyFunction, framework: Framework<unknown>): Listener {
  const either = app as Listener;
  let running = 0;
  // Of the first of the calls that are under way.
  let hold: Hold | undefined;
  let isFirstUsed = (): boolean => false;

  const listener: Listener & Loading = (request, response) => {
    if (listener.loaded === undefined && hold !== undefined && isFirstUsed()) decide(either);
    if (listener.loaded !== undefined) return listener.loaded(request, response);
    if (hold === undefined) return attempt(request, response);
    return hold.over.then(
      () => (isGone(response) ? undefined : again(request, response)),
      (error: unknown) => answerLoadFailure(request, response, error),
    );
  };

  function decide(verdict: Listener): void {
    listener.loaded = verdict;
    hold?.release();
  }

  function again(request: IncomingMessage, response: ServerResponse): unknown {
    hold = undefined;
    return (listener.loaded ?? attempt)(request, response);
  }

  function attempt(request: IncomingMessage, response: ServerResponse): unknown {
    const isUsed = watchUse(request, response);
    const own = running++ === 0 ? new Hold() : undefined;
    if (own !== undefined) {
      hold = own;
      isFirstUsed = isUsed;
    }
    const finish = (): void => {
      running--;
      if (own !== undefined && hold === own) hold = undefined;
    };
    const accept = (made: Listener | undefined): unknown => {
      finish();
      const isFactory = made !== undefined && !isUsed();
      if (listener.loaded === undefined) decide(isFactory ? made : either);
      own?.release();
      if (!isFactory || listener.loaded === either || isGone(response)) return undefined;
      return listener.loaded?.(request, response);
    };
    const fail = (error: unknown): unknown => {
      finish();
      if (listener.loaded === undefined && isUsed()) decide(either);
      if (listener.loaded === either) throw error;
      own?.fail(error);
      if (listener.loaded !== undefined && !isGone(response)) return listener.loaded(request, response);
      return answerLoadFailure(request, response, error);
    };
    let given: unknown;
    try {
      given = either(request, response);
    } catch (error) {
      return fail(error);
    }
    if (isPromiseLike(given) || framework.isApp(given) || findKnownApp(given) !== undefined) {
      return judge(given, framework).then(accept, fail);
    }
    // A listener that gave nothing to wait for is known at once.
    accept(undefined);
    return given;
  }

  return listener;
}

function isGone(response: ServerResponse): boolean {
  return response.writableEnded || response.destroyed;
}
