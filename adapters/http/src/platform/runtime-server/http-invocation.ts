import type { IncomingMessage, ServerResponse } from "node:http";
import { TidegateError } from "@tidegate/core";
import { deadlineMs } from "../../context.ts";
import { deadlines, type Expiring } from "../../exchange/deadline.ts";
import { type Invocation, reportFailure, runInvocation } from "../../invocation.ts";
import { isPromiseLike, type Listener } from "../../listener.ts";
import type { RuntimeCall } from "./runtime-context.ts";

/** Told when the app threw. */
type Failed = (response: ServerResponse) => void;

function answerError(response: ServerResponse, status: number, code: string, message: string, id?: string): void {
  const body = JSON.stringify({ error: { code, message, requestId: id } });
  response.statusMessage = "";
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** Takes back what the app set: it belongs to the answer that did not come. */
function clearHeaders(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
}

function failApp(response: ServerResponse, error: unknown, call: RuntimeCall | undefined, failed: Failed): void {
  console.error(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const message = "Cannot answer the request: the app threw before it sent a response";
  clearHeaders(response);
  failed(response);
  answerError(response, 500, "TIDEGATE_APP_FAILED", message, call?.requestId);
}

/** A forwarded request while it runs: how the app finds its invocation, and what happens when its time is over. */
class HttpInvocation implements Expiring {
  readonly dueMs: number;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #call: RuntimeCall;
  #abort: AbortController | undefined;
  #invocation: Invocation | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, call: RuntimeCall) {
    this.#request = request;
    this.#response = response;
    this.#call = call;
    this.dueMs = deadlineMs(call.context, undefined, Date.now()) ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(this.dueMs)) deadlines.add(this, Date.now());
    response.once("close", () => this.#closed());
  }

  get invocation(): Invocation {
    const { source, requestId, context } = this.#call;
    const getSignal = (): AbortSignal => this.#signal;
    this.#invocation ??= {
      source,
      event: this.#request,
      context,
      requestId,
      deadlineMs: Number.isFinite(this.dueMs) ? this.dueMs : undefined,
      get signal() {
        return getSignal();
      },
      waitUntil: (promise) => {
        promise.then(undefined, reportFailure);
      },
    };
    return this.#invocation;
  }

  expire(): void {
    const { method, url } = this.#request;
    const path = url?.split("?", 1)[0];
    const message = `Cannot answer ${method} "${path}": the app did not finish before the function's timeout`;
    const error = new TidegateError("TIDEGATE_INVOCATION_TIMEOUT", message);
    console.error(error.message);
    this.#abort?.abort(error);
    if (this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    clearHeaders(this.#response);
    answerError(this.#response, 504, error.code, message, this.#call.requestId);
  }

  get #signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#response.closed && !this.#response.writableFinished) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  #closed(): void {
    deadlines.remove(this);
    if (!this.#response.writableFinished) this.#abort?.abort();
  }
}

/**
 * Hands a forwarded request to the app, over the connection it came on, so that everything streams as on any server.
 *
 * @param listener the app
 * @param call what the platform told; `undefined` for a request that is not the platform's
 * @param failed told when the app threw, before it is answered for
 */
export function runListener(
  listener: Listener,
  request: IncomingMessage,
  response: ServerResponse,
  call: RuntimeCall | undefined,
  failed: Failed,
): void {
  const start = (): void => {
    try {
      const result = listener(request, response);
      if (isPromiseLike(result)) result.then(undefined, (error: unknown) => failApp(response, error, call, failed));
    } catch (error) {
      failApp(response, error, call, failed);
    }
  };
  if (call === undefined) start();
  else runInvocation(new HttpInvocation(request, response, call), request, start);
}
