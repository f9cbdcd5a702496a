/** Requests a function answers: those for a host name, under a path prefix, or both. */
export interface Route {
  /** Host name in lower case without port; `*.example.com` matches one or more labels. Absent: any host. */
  readonly host?: string;
  /** Path prefix, whole segments: `/shop` matches `/shop` and `/shop/1`, not `/shopping`. `/` matches all. */
  readonly path: string;
}

export interface RouteTarget<T> {
  readonly route: Route;
  readonly target: T;
}

/** Finds the target of a request. */
export type RouteMatcher<T> = (host: string, path: string) => T | null;

/**
 * Builds the matcher of a table of routes. The most specific route wins: an exact host before a wildcard, a wildcard
 * before none, then the longest path. Among equals the first in the table wins.
 *
 * @example
 * const match = createRouteMatcher([{ route: { path: "/" }, target: "site" }, { route: { path: "/api" }, target: "api" }]);
 * match("localhost", "/api/orders"); // "api"
 */
export function createRouteMatcher<T>(table: readonly RouteTarget<T>[]): RouteMatcher<T> {
  const ordered = [...table].sort((a, b) => specificity(b.route) - specificity(a.route));
  const only = ordered[0];
  if (only !== undefined && ordered.length === 1 && only.route.host === undefined && only.route.path === "/") {
    const { target } = only;
    return () => target;
  }
  return (host, path) => {
    for (const { route, target } of ordered) {
      if (matchesHost(route.host, host) && matchesPath(route.path, path)) return target;
    }
    return null;
  };
}

/** Host rank above any path length: URLs are bounded far below 2^20 bytes by the gateway's header limit. */
function specificity(route: Route): number {
  const hostRank = route.host === undefined ? 0 : route.host.startsWith("*.") ? 1 : 2;
  return hostRank * 2 ** 20 + route.path.length;
}

function matchesHost(pattern: string | undefined, host: string): boolean {
  if (pattern === undefined || pattern === host) return true;
  return pattern.startsWith("*.") && host.length > pattern.length - 1 && host.endsWith(pattern.slice(1));
}

function matchesPath(prefix: string, path: string): boolean {
  if (prefix === "/" || path === prefix) return true;
  return path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
}
