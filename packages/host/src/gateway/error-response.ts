import { STATUS_CODES } from "node:http";
import { type HostErrorCode, hostErrors } from "../errors.ts";
import type { ClientSocket } from "./connection-info.ts";

/** An answer of the gateway itself. */
export interface ErrorAnswer {
  readonly code: HostErrorCode;
  readonly message: string;
  readonly requestId: string;
  /** Seconds for `Retry-After`; absent: none. */
  readonly retryAfterSeconds?: number;
  readonly closes: boolean;
  /** Without a body, for HEAD. */
  readonly isHead?: boolean;
}

/** Status a client gets with a code. */
export function statusOf(code: HostErrorCode): number {
  return hostErrors[code].status ?? 500;
}

/** Sends the answer to a client, in the form it understands. */
export function writeErrorAnswer(socket: ClientSocket, answer: ErrorAnswer): void {
  if (socket.writeError === undefined) socket.write(errorResponse(answer), "latin1");
  else socket.writeError(answer);
}

/** Writes the response `{ error: { code, message, requestId } }`. */
export function errorResponse(answer: ErrorAnswer): string {
  const { code, message, requestId } = answer;
  const status = statusOf(code);
  // JSON's escapes keep the text within latin1, the encoding heads are written in.
  const body = JSON.stringify({ error: { code, message, requestId } }).replace(/[\u0080-\uffff]/g, escapeUnit);
  const retryAfter = answer.retryAfterSeconds === undefined ? "" : `Retry-After: ${answer.retryAfterSeconds}\r\n`;
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n${retryAfter}` +
    `X-Request-Id: ${requestId}\r\nConnection: ${answer.closes ? "close" : "keep-alive"}\r\n\r\n${answer.isHead ? "" : body}`
  );
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
