import type { HostCounters } from "../../host-options.ts";
import { type AdminRoute, jsonAnswer } from "../route.ts";

/** A running host, as its admin API tells at `/host`. */
export interface HostInfo {
  readonly url: string;
  readonly pid: number;
  /** When its admin API started, as ISO 8601. */
  readonly startedAt: string;
  readonly counters: HostCounters;
}

/** `GET /host`: a `HostInfo`. */
export const getHost: AdminRoute = ({ host, startedAt }) => {
  const info: HostInfo = { url: host.url, pid: process.pid, startedAt, counters: host.counters() };
  return jsonAnswer(info);
};
