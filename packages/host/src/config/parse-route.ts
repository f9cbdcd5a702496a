import type { Route } from "@tidegate/core";

/** A route, or what was expected in its place. */
export type ParsedRoute =
  | { readonly ok: true; readonly route: Route }
  | { readonly ok: false; readonly expected: string };

const label = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Reads a route as it stands in `tidegate.yaml`: `shop.example.com`, `*.example.com`, `/path` or `host/path`.
 * A `/` at the end of a path is dropped, so `/shop/` and `/shop` are one route.
 *
 * @param text the route
 * @returns the route, or what was expected
 *
 * @example
 * parseRoute("shop.example.com/api"); // { ok: true, route: { host: "shop.example.com", path: "/api" } }
 */
export function parseRoute(text: string): ParsedRoute {
  if (text.includes("://")) return expected(`a route without "${text.slice(0, text.indexOf("://") + 3)}"`);
  if (/[\s?#]/.test(text)) return expected("a route without spaces, query and fragment");
  const slash = text.indexOf("/");
  const host = (slash === -1 ? text : text.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? "/" : normalizePath(text.slice(slash));
  if (host === "") return slash === 0 ? { ok: true, route: { path } } : expected(anyRoute);
  if (/:\d+$/.test(host)) return expected("a route without a port");
  if (!isHost(host)) return expected(anyRoute);
  return { ok: true, route: { host, path } };
}

/** What a route may be, in words. */
const anyRoute = 'a route such as "shop.example.com", "/path" or "shop.example.com/path"';

/** The text of a route, in the one spelling that equal routes share. */
export function formatRoute(route: Route): string {
  if (route.host === undefined) return route.path;
  return route.path === "/" ? route.host : route.host + route.path;
}

function normalizePath(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed;
}

function isHost(host: string): boolean {
  const labels = (host.startsWith("*.") ? host.slice(2) : host).split(".");
  return host.length <= 253 && labels.every((part) => part.length <= 63 && label.test(part));
}

function expected(text: string): ParsedRoute {
  return { ok: false, expected: text };
}
