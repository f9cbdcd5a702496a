import type { IncomingMessage, ServerResponse } from "node:http";
import { isPromiseLike, type Listener } from "../listener.ts";

/**
 * Hands a request and response of a real server straight to the app.
 *
 * @returns resolves when the response is over, as some platforms stop the process then; rejects with what the app throws
 */
export function answerPair(listener: Listener, request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    response.once("finish", resolve).once("close", resolve);
    const result = listener(request, response);
    if (isPromiseLike(result)) result.then(undefined, reject);
  });
}
