import type { AdminRoute } from "../route.ts";
import { getFunctions } from "./get-functions.ts";
import { getHost } from "./get-host.ts";
import { getInstances } from "./get-instances.ts";
import { getMetrics } from "./get-metrics.ts";
import { postReload } from "./post-reload.ts";
import { postUpgrade } from "./post-upgrade.ts";

/** All routes of the admin API, by method and path. */
export const adminRoutes: Readonly<Record<string, AdminRoute>> = {
  "GET /host": getHost,
  "GET /functions": getFunctions,
  "GET /instances": getInstances,
  "GET /metrics": getMetrics,
  "POST /reload": postReload,
  "POST /upgrade": postUpgrade,
};
