import { requestPhase } from "@tidegate/core";
import type { Refusal } from "../activator/waiter.ts";
import type { Instance } from "../instance/instance.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ExchangeRequest } from "./exchange-request.ts";
import type { ExchangeResponse } from "./exchange-response.ts";
import type { UpstreamConnection } from "./upstream.ts";

/** After its response, an app gets this long without progress to read the rest of the request's body. */
const unreadBodyMs = 2_000;

/**
 * Who keeps an exchange waiting: the app, that owes its response or more of it; the client, that owes more of its body;
 * "reader": the app, that has answered and may still read the body; nobody here, as one waits for a slot, or the client
 * to read, which its connection looks after.
 */
export type Debtor = "app" | "client" | "reader" | "nobody";

export function debtorOf(
  phase: number,
  request: ExchangeRequest,
  response: ExchangeResponse,
  { socket }: ClientConnection,
  upstream: UpstreamConnection | null,
): Debtor {
  if (phase === requestPhase.unread) return "reader";
  if (phase !== requestPhase.dispatched && phase !== requestPhase.firstByte) return "nobody";
  // A client that reads slowly is not the app's fault.
  if (phase === requestPhase.firstByte && socket.writableNeedDrain) return "nobody";
  const takesMore = upstream !== null && !upstream.socket.writableNeedDrain && !isConnecting(upstream.socket);
  const owesBody = !request.isSent && !request.isBodyUncertain && takesMore;
  // Streams in both directions may be silent in both.
  return owesBody && !(phase === requestPhase.firstByte && response.isQuiet) ? "client" : "app";
}

/** Whether the instance has not accepted the connection yet. Streams of HTTP/2 tell of theirs only when it matters. */
function isConnecting(socket: UpstreamConnection["socket"]): boolean {
  return "connecting" in socket && socket.connecting === true;
}

/** How long the debtor may owe, in milliseconds. */
export function allowanceMs(
  debtor: Debtor,
  instance: Instance | null,
  response: ExchangeResponse,
  { bodyTimeoutMs }: ClientConnection,
): number {
  if (debtor === "client") return bodyTimeoutMs;
  if (debtor === "reader") return unreadBodyMs;
  if (debtor === "nobody" || instance === null) return Number.POSITIVE_INFINITY;
  // That of its own revision: a reload may have changed the function's.
  const { timeoutMs, streamIdleTimeoutMs } = instance.function;
  if (response.status === 0 || !response.isQuiet) return timeoutMs;
  return streamIdleTimeoutMs === 0 ? Number.POSITIVE_INFINITY : streamIdleTimeoutMs;
}

/** What an exchange fails with whose debtor took too long. */
export function overdue(debtor: Debtor, hasBegun: boolean, instance: Instance | null, allowedMs: number): Refusal {
  if (debtor === "client") {
    return {
      code: "TIDEGATE_BODY_TIMEOUT",
      message: `Cannot read the request: nothing of its body came for ${allowedMs} ms`,
    };
  }
  const name = instance?.function.name ?? "";
  return hasBegun
    ? {
        code: "TIDEGATE_RESPONSE_STALLED",
        message: `Cannot complete the response of function "${name}": nothing of it came for ${allowedMs} ms`,
      }
    : {
        code: "TIDEGATE_RESPONSE_TIMEOUT",
        message: `Cannot get a response from function "${name}": it did not begin one for ${allowedMs} ms`,
      };
}
