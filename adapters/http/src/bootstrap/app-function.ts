import type { IncomingMessage, ServerResponse } from "node:http";
import type { Listener } from "../listener.ts";
import { AppLoader } from "./app-loader.ts";
import { type Framework, findApp, isPromiseLike, type Loading, listenWhenLoaded } from "./framework.ts";
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
 * Makes a listener of a factory, which runs now. One that gives no app is taken for a listener that ignores its
 * request, as `() => {}` is where a test needs an app that never answers.
 */
export function listenToFactory(factory: AnyFunction, framework: Framework<unknown>): Listener {
  const loader = new AppLoader(async () => {
    const listener = await judge((factory as () => unknown)(), framework);
    if (listener !== undefined) return listener;
    process.emitWarning("The function given to toHandler takes no request and made no app; does it lack a return?", {
      code: "TIDEGATE_APP_INVALID",
    });
    return factory as Listener;
  });
  return listenWhenLoaded(loader.start());
}

/** Calls back once when somebody uses a request or begins its response; both are as before afterwards. */
function watchUse(request: IncomingMessage, response: ServerResponse, used: () => void): () => void {
  const own = Object.getOwnPropertyDescriptor(response, "writeHead");
  const { writeHead } = response;
  const release = (): void => {
    request.removeListener("newListener", use);
    if (own === undefined) Reflect.deleteProperty(response, "writeHead");
    else Object.defineProperty(response, "writeHead", own);
  };
  const use = (): void => {
    release();
    used();
  };
  request.on("newListener", use);
  // Every response begins with writeHead: Node calls it for implicit headers as well.
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    use();
    return Reflect.apply(writeHead, response, args);
  }) as typeof writeHead;
  return release;
}

/**
 * Makes a listener of a function that may be a listener or a factory, as `(...args) => app(...args)`, a function that
 * uses `arguments` or declares one parameter, a bound or a mocked one.
 *
 * The first request decides, for which it is called with request and response like a listener. It was a factory if it
 * gave an app without having used either; the app then answers that request and all others. Else it is a listener.
 * Requests that come before this is known wait, so that a factory runs once.
 */
export function listenToEither(app: AnyFunction, framework: Framework<unknown>): Listener {
  const either = app as Listener;
  let ready: Listener | undefined;
  let verdict: Promise<Listener> | undefined;

  function first(request: IncomingMessage, response: ServerResponse): unknown {
    const { promise, resolve, reject } = Promise.withResolvers<Listener>();
    verdict = promise;
    promise.catch(() => {});
    const decide = (listener: Listener): void => {
      ready = listener;
      decided.loaded = listener;
      resolve(listener);
    };
    const release = watchUse(request, response, () => decide(either));
    const fail = (error: unknown): void => {
      release();
      if (ready !== undefined) throw error;
      verdict = undefined;
      reject(error);
      answerLoadFailure(request, response, error);
    };
    const accept = (listener: Listener | undefined): unknown => {
      if (ready !== undefined) return undefined;
      release();
      decide(listener ?? either);
      return listener?.(request, response);
    };
    let given: unknown;
    try {
      given = either(request, response);
    } catch (error) {
      return fail(error);
    }
    if (ready !== undefined) return given;
    // A listener that gave nothing to wait for is known at once, so that no second request has to wait for it.
    if (!isPromiseLike(given) && !framework.isApp(given) && findKnownApp(given) === undefined) return accept(undefined);
    return judge(given, framework).then(accept, fail);
  }

  const decided: Listener & Loading = (request, response) => {
    if (ready !== undefined) return ready(request, response);
    if (verdict === undefined) return first(request, response);
    return verdict.then(
      (listener) => listener(request, response),
      (error: unknown) => answerLoadFailure(request, response, error),
    );
  };
  return decided;
}
