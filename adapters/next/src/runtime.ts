import { type Handler, type HandlerOptions, LISTENER, LOAD, type Loading } from "@tidegate/http";
import { createRuntimeServer } from "@tidegate/http/server";
import { openSite, type Site, type SitePlace } from "./open-site.ts";
import { toHandler } from "./to-handler.ts";

// What a deployed folder carries of Tidegate, as one file without packages.

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
 * Serves a deployed site over HTTP until the process is told to end, on any machine and as the custom runtime or container
 * of a cloud: on the port the platform names, else `$PORT`, 3000 by default, and on `$HOST`, by default every address.
 *
 * @param place where the site is
 * @throws TIDEGATE_APP_LOAD_FAILED when the site does not start
 * @throws TIDEGATE_SERVER_LISTEN_FAILED when the port cannot be had
 */
export async function serveSite(place: SitePlace): Promise<void> {
  let site: Site | undefined;
  const handler = toHandler(() => {
    site = openSite(place);
    return site;
  });
  const { HOST } = process.env;
  const server = createRuntimeServer(handler, { handlesSignals: false, ...(HOST && { host: HOST }) });

  async function stop(): Promise<void> {
    await server.stop();
    // Waits for work after responses, which nobody else does behind a server.
    await site?.close();
    process.exit();
  }

  // Whoever waits for the port is not kept waiting by requests.
  await (handler[LISTENER] as Loading)[LOAD]?.();
  const { port } = await server.start();
  console.log(`Next on port ${port}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
}
