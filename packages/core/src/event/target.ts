import type { EventObject } from "./source.ts";

// RFC 3986, 3.3: path = *( "/" pchar ); everything else, and a "%" that starts no escape, cannot stand in a path.
const ILLEGAL_IN_PATH: RegExp = /%(?![0-9A-Fa-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]+/g;
// RFC 3986, 3.4: a query may also hold "?"; "[" and "]" are illegal but sent bare by browsers, and Node passes them on.
const ILLEGAL_IN_QUERY: RegExp = /%(?![0-9A-Fa-f]{2})|[^\w\-.~!$&'()*+,;=:@/%?[\]]+/g;

function escapeRun(run: string): string {
  return encodeURIComponent(run.toWellFormed());
}

/**
 * Makes a path that a platform may have percent-decoded fit for a request line.
 * Only what cannot stand in a path is escaped, so an encoded path passes unchanged.
 *
 * @example
 * encodePath("/files/a b+c.png"); // "/files/a%20b+c.png"
 * encodePath("/files/a%20b.png"); // "/files/a%20b.png"
 */
export function encodePath(path: string): string {
  const encoded = path.replace(ILLEGAL_IN_PATH, escapeRun);
  return encoded.startsWith("/") ? encoded : `/${encoded}`;
}

/** Joins a path, encoded or decoded, and a still encoded query without `?` to a request target. */
export function joinTarget(path: string, query: string): string {
  const encoded = encodePath(path);
  return query === "" ? encoded : `${encoded}?${query}`;
}

/** Escapes what cannot stand in a query that is already encoded. */
export function cleanQuery(query: string): string {
  return query.replace(ILLEGAL_IN_QUERY, escapeRun);
}

function identity(value: string): string {
  return value;
}

function joinPairs(map: EventObject, encode: (value: string) => string): string {
  let query = "";
  const add = (name: string, value: unknown): void => {
    if (query !== "") query += "&";
    query += encode(name);
    // Tencent sends `true`, others null, for a key without "=".
    if (value !== true && value !== null && value !== undefined) query += `=${encode(String(value))}`;
  };
  for (const name of Object.keys(map)) {
    const value = map[name];
    if (Array.isArray(value)) for (const item of value) add(name, item);
    else add(name, value);
  }
  return query;
}

/**
 * Builds a query from a map of decoded values: string, array for repeats, or `true` for a bare key.
 *
 * @example
 * encodeQuery({ tag: ["a", "b"], q: "hello world", flag: true }); // "tag=a&tag=b&q=hello%20world&flag"
 */
export function encodeQuery(map: EventObject | undefined): string {
  return map === undefined ? "" : joinPairs(map, escapeRun);
}

/** Builds a query from a map whose names and values are still percent-encoded (ALB). */
export function joinQuery(map: EventObject | undefined): string {
  return map === undefined ? "" : cleanQuery(joinPairs(map, identity));
}
