import { type EventErrorCode, eventErrors, type TidegateError } from "../errors.ts";
import type { HttpResponseMessage } from "./message.ts";

/**
 * Makes the response that tells a client of an error, `{ error: { code, message, requestId } }`.
 *
 * @param error its code gives the status: that of the table of this package, 500 for any other
 * @param requestId the platform's id of the invocation
 */
export function errorResponse(error: TidegateError, requestId: string | undefined): HttpResponseMessage {
  const { code, message } = error;
  const status = Object.hasOwn(eventErrors, code) ? eventErrors[code as EventErrorCode].status : 500;
  return {
    status,
    statusText: "",
    rawHeaders: ["Content-Type", "application/json; charset=utf-8"],
    body: { text: JSON.stringify({ error: { code, message, requestId } }) },
  };
}
