import { platformWaitUntil } from "../context.ts";
import { type Invocation, type InvocationHolder, reportFailure, runInvocation } from "../invocation.ts";
import type { FetchFunction } from "./fetch-event.ts";

/** A request a platform passed to a fetch app, for those who ask for its invocation. */
class WebInvocation implements InvocationHolder {
  readonly #request: Request;
  readonly #context: unknown;
  readonly #third: unknown;

  constructor(request: Request, context: unknown, third: unknown) {
    this.#request = request;
    this.#context = context;
    this.#third = third;
  }

  get invocation(): Invocation {
    const request = this.#request;
    const context = this.#context;
    // Cloudflare's is the third argument, Netlify's and Vercel's the second.
    const keep = platformWaitUntil(this.#third) ?? platformWaitUntil(context);
    return {
      source: "web",
      event: request,
      context,
      requestId: request.headers.get("x-request-id") ?? request.headers.get("x-nf-request-id") ?? undefined,
      deadlineMs: undefined,
      signal: request.signal,
      waitUntil: (promise) => {
        const watched = Promise.resolve(promise).catch(reportFailure);
        keep?.(watched);
      },
    };
  }
}

/**
 * Calls a fetch app with a platform's own request and arguments, as they are. The app finds its invocation and may use
 * `waitUntil` from anywhere.
 */
export async function callFetch(
  fetch: FetchFunction,
  request: Request,
  context: unknown,
  third: unknown,
): Promise<Response> {
  const holder = new WebInvocation(request, context, third);
  return runInvocation(holder, undefined, fetch, request, context, third);
}
