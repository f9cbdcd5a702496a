import type { IncomingMessage, ServerResponse } from "node:http";
import { AppRequest } from "../exchange/request.ts";
import { type Invocation, reportFailure, runInvocation } from "../invocation.ts";
import type { Listener } from "../listener.ts";
import { answerPair } from "./node-pair.ts";

/**
 * Tells whether a request was already read by a framework that kept the bytes, as Google's Functions Framework does.
 * The app's own body parser would wait for bytes that never come.
 */
export function hasConsumedBody(request: IncomingMessage): boolean {
  return (request as { rawBody?: unknown }).rawBody instanceof Uint8Array && request.readableEnded === true;
}

/** Serves a request whose body was read before: the app gets a fresh request over the same connection and bytes. */
export function answerConsumed(listener: Listener, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { rawBody } = request as IncomingMessage & { rawBody: Uint8Array };
  const head = { method: request.method ?? "GET", target: request.url ?? "/", rawHeaders: request.rawHeaders };
  const fresh = new AppRequest(request.socket, head, rawBody.length === 0 ? null : rawBody);
  Object.assign(response, { req: fresh });
  // Not the signal of Node's request, which waits for the end of a connection that serves others as well.
  const controller = new AbortController();
  Object.defineProperty(fresh, "signal", { configurable: true, value: controller.signal });
  response.once("close", () => {
    if (response.writableFinished) return;
    controller.abort();
    if (!fresh.destroyed) fresh.destroy();
  });
  const id = request.headers["x-cloud-trace-context"] ?? request.headers["function-execution-id"];
  const invocation: Invocation = {
    source: "google",
    event: request,
    context: undefined,
    requestId: Array.isArray(id) ? id[0] : id,
    deadlineMs: undefined,
    signal: controller.signal,
    waitUntil: (promise) => void promise.then(undefined, reportFailure),
  };
  return runInvocation({ invocation }, fresh, answerPair, listener, fresh, response);
}
