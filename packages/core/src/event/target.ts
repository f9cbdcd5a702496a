import { malformedMember } from "./members.ts";
import type { EventObject } from "./source.ts";

// RFC 3986, 3.3: path = *( "/" pchar ); everything else, and a "%" that starts no escape, cannot stand in a path.
const LEGAL_PATH: RegExp = /^[\w\-.~!$&'()*+,;=:@/]*$/;
const ILLEGAL_IN_PATH: RegExp = /%(?![0-9A-Fa-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]+/g;
// What Node's parser takes is every visible ASCII character. "?" would end the path, "#" the target.
const SENT_PATH: RegExp = /^[!"$->@-~]*$/;
const UNSENT_IN_PATH: RegExp = /[^!"$->@-~]+/g;
const SENT_QUERY: RegExp = /^[!"$-~]*$/;
const UNSENT_IN_QUERY: RegExp = /[^!"$-~]+/g;
// The same for one name or value: "&" would end it.
const UNSENT_IN_PAIR: RegExp = /%(?![0-9A-Fa-f]{2})|[^!"$%'-~]+/g;
// RFC 3986, 2.3, and the marks encodeURIComponent leaves alone.
const UNRESERVED: RegExp = /^[\w\-.~!'()*]*$/;

function escapeRun(run: string): string {
  return encodeURIComponent(run.toWellFormed());
}

function withSlash(path: string): string {
  return path.charCodeAt(0) === 47 ? path : `/${path}`;
}

/**
 * Makes a path that a platform may have percent-decoded fit for a request line (HTTP APIs).
 * Only what cannot stand in a path is escaped, so an encoded path passes unchanged.
 *
 * @example
 * encodePath("/files/a b+c.png"); // "/files/a%20b+c.png"
 * encodePath("/files/a%20b.png"); // "/files/a%20b.png"
 */
export function encodePath(path: string): string {
  return withSlash(LEGAL_PATH.test(path) ? path : path.replace(ILLEGAL_IN_PATH, escapeRun));
}

/**
 * Passes a path on as the client sent it, where the platform leaves it encoded. Clients send more than RFC 3986 allows
 * (browsers leave `[` and `|` bare, and a `%` may start no escape), and on a server an app sees it; only what no request
 * line can hold is escaped.
 *
 * @example
 * cleanPath("/files/[id]/100%"); // "/files/[id]/100%"
 * cleanPath("/a b"); // "/a%20b"
 */
export function cleanPath(path: string): string {
  return withSlash(SENT_PATH.test(path) ? path : path.replace(UNSENT_IN_PATH, escapeRun));
}

/** Passes a query on as the client sent it, see {@link cleanPath}. */
export function cleanQuery(query: string): string {
  return SENT_QUERY.test(query) ? query : query.replace(UNSENT_IN_QUERY, escapeRun);
}

/**
 * Joins path and query to a request target.
 *
 * @param path fit for a request line, with its leading slash
 * @param query the same, without `?`
 */
export function joinTarget(path: string, query: string): string {
  return query === "" ? path : `${path}?${query}`;
}

function encodeText(text: string): string {
  return UNRESERVED.test(text) ? text : escapeRun(text);
}

function cleanPair(text: string): string {
  return text.replace(UNSENT_IN_PAIR, escapeRun);
}

function identity(text: string): string {
  return text;
}

function addPair(query: string, name: string, value: unknown, encode: (text: string) => string): string {
  const start = query === "" ? encode(name) : `${query}&${encode(name)}`;
  if (typeof value === "string") return `${start}=${encode(value)}`;
  // Tencent sends `true`, others null, for a key without "=".
  if (value === true || value === null || value === undefined) return start;
  if (typeof value === "number" || value === false) return `${start}=${value}`;
  throw malformedMember("query", "strings as values", value);
}

function joinPairs(query: string, map: EventObject, encode: (text: string) => string, skip?: EventObject): string {
  let joined = query;
  for (const name of Object.keys(map)) {
    if (skip !== undefined && Object.hasOwn(skip, name)) continue;
    const value = map[name];
    if (Array.isArray(value)) for (const item of value) joined = addPair(joined, name, item, encode);
    else joined = addPair(joined, name, value, encode);
  }
  return joined;
}

/**
 * Builds a query from maps of decoded values: string, array for repeats, or `true` for a bare key.
 *
 * @param map all values
 * @param fallback last values only; gives the names that `map` lacks
 * @throws TIDEGATE_EVENT_MALFORMED when a value is an object
 *
 * @example
 * encodeQuery({ tag: ["a", "b"], q: "hello world", flag: true }); // "tag=a&tag=b&q=hello%20world&flag"
 */
export function encodeQuery(map: EventObject | undefined, fallback?: EventObject): string {
  return joinMaps(map, fallback, encodeText);
}

/** Builds a query from maps whose names and values are still percent-encoded (ALB); otherwise as {@link encodeQuery}. */
export function joinQuery(map: EventObject | undefined, fallback?: EventObject): string {
  return cleanQuery(joinMaps(map, fallback, identity));
}

/**
 * Builds a query from a map of which no document says whether it is decoded (VPC Lattice): what is encoded stays, and
 * what cannot stand in a name or a value is escaped. Only a decoded `+` or `%41` comes out as another value.
 */
export function repairQuery(map: EventObject | undefined): string {
  return joinMaps(map, undefined, cleanPair);
}

function joinMaps(
  map: EventObject | undefined,
  fallback: EventObject | undefined,
  encode: (text: string) => string,
): string {
  const query = map === undefined ? "" : joinPairs("", map, encode);
  return fallback === undefined ? query : joinPairs(query, fallback, encode, map);
}
