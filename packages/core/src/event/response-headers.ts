import { inspectHeaders, mendHeaders } from "./header-list.ts";
import type { RawHeaders } from "./message.ts";

/** A map with one string for each header. */
export type HeaderMap = Record<string, string>;
/** A map with every value of each header. */
export type MultiHeaderMap = Record<string, string[]>;

/** Sets a member; `__proto__` is a legal name of a header, and assigning it would set the prototype instead. */
function set<Value>(map: Record<string, Value>, name: string, value: Value): void {
  if (name === "__proto__") {
    Object.defineProperty(map, name, { value, configurable: true, enumerable: true, writable: true });
  } else {
    map[name] = value;
  }
}

function isSetCookie(name: string): boolean {
  return name.length === 10 && name.toLowerCase() === "set-cookie";
}

/** Every header with all its values. */
export function multiMap(rawHeaders: RawHeaders): MultiHeaderMap {
  const kind = inspectHeaders(rawHeaders);
  const raw = kind === "mixed" ? mendHeaders(rawHeaders) : rawHeaders;
  const map: MultiHeaderMap = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    // What every object has by inheritance, such as "constructor", is no array.
    const values = kind === "distinct" ? undefined : map[name];
    if (Array.isArray(values)) values.push(value);
    else set(map, name, [value]);
  }
  return map;
}

/** Headers with one value in one map and repeated ones in another, which is left out when there is none. */
export function splitMaps(rawHeaders: RawHeaders): { headers: HeaderMap; multi: MultiHeaderMap | undefined } {
  const kind = inspectHeaders(rawHeaders);
  const raw = kind === "mixed" ? mendHeaders(rawHeaders) : rawHeaders;
  const headers: HeaderMap = {};
  let multi: MultiHeaderMap | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    const values = multi?.[name];
    if (Array.isArray(values)) {
      values.push(value);
      continue;
    }
    const first = kind === "distinct" ? undefined : headers[name];
    // What every object has by inheritance is no string.
    if (typeof first === "string") {
      multi ??= {};
      set(multi, name, [first, value]);
      delete headers[name];
    } else {
      set(headers, name, value);
    }
  }
  return { headers, multi };
}

/**
 * Headers joined with a comma and a space, as Node's client and `fetch` join two lines (RFC 9110, 5.3); the `set-cookie` values, which cannot be joined (RFC 6265, 3), go to a list.
 *
 * @param rawHeaders headers of a response
 * @param cookies takes the `set-cookie` values
 */
export function joinedMap(rawHeaders: RawHeaders, cookies: string[]): HeaderMap {
  const kind = inspectHeaders(rawHeaders);
  const raw = kind === "mixed" ? mendHeaders(rawHeaders) : rawHeaders;
  const headers: HeaderMap = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    if (isSetCookie(name)) {
      cookies.push(value);
      continue;
    }
    const first = kind === "distinct" ? undefined : headers[name];
    set(headers, name, typeof first === "string" ? `${first}, ${value}` : value);
  }
  return headers;
}

/**
 * Headers in a flat map of strings, for formats without a place for a second `set-cookie`.
 *
 * Further cookies are written under other spellings of the name (`Set-Cookie`, `set-cookie`, `Set-cookiE`), as the names
 * of a map have to differ and header names ignore case. That every gateway sends each of them on is not documented;
 * the first one always arrives. There are 512 spellings; later cookies are left out.
 */
export function flatMap(raw: RawHeaders): HeaderMap {
  const cookies: string[] = [];
  const headers = joinedMap(raw, cookies);
  for (let i = 0; i < cookies.length && i < SPELLINGS; i++) headers[cookieSpelling(i)] = String(cookies[i]);
  return headers;
}

/** Two cases for each of the nine letters of `Set-Cookie`. */
const SPELLINGS = 512;

/**
 * Spelling number `index` of `Set-Cookie`: the bits of the index flip the case of the nine letters from the right.
 *
 * @example
 * cookieSpelling(0); // "Set-Cookie"
 * cookieSpelling(1); // "Set-CookiE"
 */
export function cookieSpelling(index: number): string {
  if (index === 0) return "Set-Cookie";
  let rest = index;
  let spelling = "";
  for (const letter of ["e", "i", "k", "o", "o", "C", "-", "t", "e", "S"]) {
    if (letter === "-") {
      spelling = `-${spelling}`;
      continue;
    }
    const isFlipped = (rest & 1) === 1;
    rest >>= 1;
    const isUpper = (letter === letter.toUpperCase()) !== isFlipped;
    spelling = (isUpper ? letter.toUpperCase() : letter.toLowerCase()) + spelling;
  }
  return spelling;
}
