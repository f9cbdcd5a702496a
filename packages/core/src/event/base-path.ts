import { objectOrEmpty } from "./members.ts";
import type { EventObject } from "./source.ts";
import { encodePath } from "./target.ts";

/**
 * Reads a base path from an option.
 *
 * @param text `/shop`, `shop` and `/shop/` mean the same; `/` and the empty string mean none
 * @returns the path without a slash at its end, encoded as in a URL; empty for none
 */
export function parseBasePath(text: string): string {
  return trimSlashes(encodePath(text));
}

/**
 * Removes a base path from a request target, by whole segments, where the target begins with it.
 *
 * Paths are compared as they stand in the URL, and `/Shop` is not `/shop`.
 *
 * @param target path and query
 * @param basePath as `parseBasePath` gives it
 *
 * @example
 * stripBasePath("/shop/orders?x=1", "/shop"); // "/orders?x=1"
 * stripBasePath("/shop?x=1", "/shop"); // "/?x=1"
 * stripBasePath("/shopping", "/shop"); // "/shopping"
 */
export function stripBasePath(target: string, basePath: string): string {
  if (basePath === "" || !target.startsWith(basePath)) return target;
  const rest = target.slice(basePath.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : target;
}

/** For sources whose events prove no base path. */
export function noBasePath(): string {
  return "";
}

function trimSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === 47) end--;
  return path.slice(0, end);
}

function countSegments(path: string): number {
  let count = 0;
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) === 47 && i < path.length - 1) count++;
  return count;
}

/**
 * Finds the segments of a path in front of those its route's template stands for: a custom domain's mapping key, a stage.
 *
 * @param path path of the request as the event has it
 * @param template `/orders/{id}` or `/{proxy+}`, where the last is greedy
 * @param parameters values of the template's parameters
 * @returns undefined when path and template do not tell
 */
function segmentsBefore(path: string, template: string, parameters: EventObject): string | undefined {
  if (!template.startsWith("/")) return undefined;
  let expected = countSegments(template);
  const greedy = /\{([^{}/]+)\+\}$/.exec(template)?.[1];
  if (greedy !== undefined) {
    const value = parameters[greedy];
    if (typeof value !== "string") return undefined;
    expected += countSegments(`/${value}`) - 1;
  }
  let left = countSegments(path) - expected;
  if (left < 0) return undefined;
  let end = 0;
  for (; left > 0; left--) {
    const next = path.indexOf("/", end + 1);
    end = next === -1 ? path.length : next;
  }
  return path.slice(0, end);
}

/**
 * Finds the base path of an API Gateway event: by the template of its route where that has one, and else the stage, which
 * stands in front of the path on the API's own domain only (`.execute-api.`).
 *
 * @param event the event
 * @param path its path as it stands there
 * @param template path template of the route; `$default` tells nothing
 * @param encode how the source makes a target of a path
 */
export function apiGatewayBasePath(
  event: EventObject,
  path: string,
  template: string,
  encode: (path: string) => string,
): string {
  const found = segmentsBefore(path, template, objectOrEmpty(event, "pathParameters")) ?? stageBefore(event, path);
  return found === "" ? "" : trimSlashes(encode(found));
}

function stageBefore(event: EventObject, path: string): string {
  const { domainName, stage } = objectOrEmpty(event, "requestContext");
  if (typeof domainName !== "string" || !domainName.includes(".execute-api.")) return "";
  if (typeof stage !== "string" || stage === "$default") return "";
  const prefix = `/${stage}`;
  return path === prefix || path.startsWith(`${prefix}/`) ? prefix : "";
}
