import type { Host } from "../host-options.ts";
import type { Change } from "../reload/change.ts";
import type { Upgrade } from "../takeover/successor.ts";

/** What a host's owner lets be done through its admin API. */
export interface AdminActions {
  /**
   * Reads the configuration again and applies it.
   *
   * @param names functions that get a new revision although their configuration is the same
   */
  reload(names: readonly string[]): Promise<readonly Change[]>;
  /** Replaces the host by a new process. */
  upgrade(): Promise<Upgrade>;
}

/** What a route may use. */
export interface AdminContext {
  readonly host: Host;
  /** When the admin API started, as ISO 8601. */
  readonly startedAt: string;
  /** Null where there is nothing to be done: a host inside another program. */
  readonly actions: AdminActions | null;
  /** The request's `Accept`. */
  readonly accept: string;
  /** The request's body, read as JSON; null without one. */
  readonly body: unknown;
}

export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers one method and path. Rejects with a `TidegateError` for what could not be done. */
export type AdminRoute = (context: AdminContext) => AdminAnswer | Promise<AdminAnswer>;

/** An answer in JSON. */
export function jsonAnswer(value: unknown, status: number = 200): AdminAnswer {
  return { status, contentType: "application/json", body: JSON.stringify(value) };
}

/** The answer for what went wrong. */
export function errorAnswer(status: number, code: string, message: string): AdminAnswer {
  return jsonAnswer({ error: { code, message } }, status);
}
