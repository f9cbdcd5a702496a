import { adminDir, askHosts, HostError, type HostReport } from "@tidegate/host";

/**
 * Says which Tidegate host of this user has a port that is in use.
 *
 * @param error why a host did not start
 * @param port the port it was to have
 * @param env environment that tells where admin sockets are
 * @returns an error that names the other host, where that says so of itself; else `error` as it is
 */
export async function namePortOwner(error: unknown, port: number, env: NodeJS.ProcessEnv): Promise<unknown> {
  if (!(error instanceof HostError) || error.code !== "TIDEGATE_PORT_IN_USE") return error;
  // Only a help: hosts that cannot be asked leave the error as it is.
  const reports: HostReport[] = await askHosts(adminDir(env)).catch(() => []);
  const owner = reports.filter((report) => report.ok).find(({ host }) => portOf(host.url) === port);
  if (owner === undefined) return error;
  const { url, pid } = owner.host;
  const message = `Cannot listen on port ${port}: the Tidegate host at ${url} does (pid ${pid})`;
  return new HostError("TIDEGATE_PORT_IN_USE", message, { cause: error });
}

/** Port 80 is no part of an URL's text. */
function portOf(url: string): number {
  return URL.canParse(url) ? Number(new URL(url).port || 80) : Number.NaN;
}
