import type { IncomingMessage } from "node:http";
import type { SourceName } from "@tidegate/core";

/** What the platform passed beside the HTTP request. */
export interface Invocation {
  /** Format of the event; `web` for a web `Request`. */
  readonly source: SourceName | "alibaba-fc2" | "azure" | "google" | "web";
  /** The event as the platform passed it; parsed, where it came as bytes. */
  readonly event: unknown;
  /** The platform's context argument. */
  readonly context: unknown;
  /** The platform's id of this invocation. */
  readonly requestId: string | undefined;
}

const INVOCATION: unique symbol = Symbol.for("tidegate.invocation");

interface Carrier {
  [INVOCATION]?: Invocation;
}

/** Attaches the invocation to the request that was made from it. */
export function setInvocation(request: IncomingMessage, invocation: Invocation): void {
  (request as Carrier)[INVOCATION] = invocation;
}

/**
 * Finds the event and context behind a request, for what HTTP cannot carry, such as an authorizer's claims.
 *
 * @param request the request an app was called with
 * @returns `undefined` when the app runs as a plain HTTP server
 *
 * @example
 * app.get("/me", (req, res) => {
 *   const invocation = getInvocation(req);
 *   res.json({ requestId: invocation?.requestId });
 * });
 */
export function getInvocation(request: IncomingMessage): Invocation | undefined {
  return (request as Carrier)[INVOCATION];
}
