import type { AdminRoute } from "../route.ts";

/** `GET /metrics`: metrics of the host as Prometheus reads them, or as OpenMetrics for who asks for it. */
export const getMetrics: AdminRoute = async ({ host, accept }) => {
  const { contentType, text } = await host.metrics(accept);
  return { status: 200, contentType, body: text };
};
