import { createServer } from "node:http";
import type { Handler, HandlerOptions } from "@tidegate/http";
import { NEXT } from "./next-app.ts";
import { openSite, type SitePlace } from "./open-site.ts";
import { toHandler } from "./to-handler.ts";

// What a deployed folder carries of Tidegate, as one file without packages.

const DEFAULT_PORT = 3000;

/**
 * Makes the handler of a deployed site.
 *
 * @param place where the site is
 * @param options see {@link HandlerOptions}
 */
export function createSiteHandler(place: SitePlace, options?: HandlerOptions): Handler {
  return toHandler(() => openSite(place), options);
}

/**
 * Serves a deployed site over HTTP until the process is told to end: on `$PORT`, 3000 by default, and on `$HOST`, by
 * default every address.
 *
 * @param place where the site is
 */
export async function serveSite(place: SitePlace): Promise<void> {
  const server = createServer();
  const site = openSite(place, server);
  server.on("request", await NEXT.toListener(site));
  const port = Number(process.env.PORT || DEFAULT_PORT);
  server.listen(port, process.env.HOST, () => console.log(`Next on port ${port}`));

  function stop(): void {
    server.close(async () => {
      await site.close();
      process.exit();
    });
    server.closeIdleConnections();
  }

  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
