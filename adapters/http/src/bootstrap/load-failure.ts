import type { IncomingMessage, ServerResponse } from "node:http";
import { TidegateError } from "@tidegate/core";
import { getInvocation } from "../invocation.ts";

/** Gives the error of a failed load its code. What the app threw is the cause. */
export function toLoadError(error: unknown): TidegateError {
  if (error instanceof TidegateError && error.code === "TIDEGATE_APP_INVALID") return error;
  return new TidegateError("TIDEGATE_APP_LOAD_FAILED", "Cannot load the app: starting it failed", { cause: error });
}

/** Body of the answer to a call whose app could not be loaded. The cause is for the log alone. */
export function describeLoadFailure(error: TidegateError, requestId: string | undefined): string {
  return JSON.stringify({ error: { code: error.code, message: error.message, requestId } });
}

/** Logs why the app could not be loaded and answers 500, unless the response is over already. */
export function answerLoadFailure(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
  const error = toLoadError(cause);
  console.error(error);
  if (response.headersSent || response.writableEnded || response.destroyed) return;
  response.statusCode = 500;
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.end(describeLoadFailure(error, getInvocation(request)?.requestId));
}
