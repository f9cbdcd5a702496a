import type { RawHeaders } from "./message.ts";

/** A map with one string for each header. */
export type HeaderMap = Record<string, string>;
/** A map with every value of each header. */
export type MultiHeaderMap = Record<string, string[]>;

/** Every header with all its values. */
export function multiMap(raw: RawHeaders): MultiHeaderMap {
  const map: MultiHeaderMap = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]);
    const value = String(raw[i + 1]);
    if (Object.hasOwn(map, name)) map[name]?.push(value);
    else map[name] = [value];
  }
  return map;
}

/** Headers with one value in one map and repeated ones in another, which is left out when there is none. */
export function splitMaps(raw: RawHeaders): { headers: HeaderMap; multiValueHeaders?: MultiHeaderMap } {
  const headers: HeaderMap = {};
  let multiValueHeaders: MultiHeaderMap | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]);
    const value = String(raw[i + 1]);
    if (multiValueHeaders !== undefined && Object.hasOwn(multiValueHeaders, name)) {
      multiValueHeaders[name]?.push(value);
    } else if (Object.hasOwn(headers, name)) {
      multiValueHeaders ??= {};
      multiValueHeaders[name] = [String(headers[name]), value];
      delete headers[name];
    } else {
      headers[name] = value;
    }
  }
  return multiValueHeaders === undefined ? { headers } : { headers, multiValueHeaders };
}

/** Headers joined with a comma, and the `set-cookie` values, which cannot be joined (RFC 6265, 3), apart. */
export function joinedMap(raw: RawHeaders): { headers: HeaderMap; cookies: string[] } {
  const headers: HeaderMap = {};
  const cookies: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]);
    const value = String(raw[i + 1]);
    if (name.length === 10 && name.toLowerCase() === "set-cookie") cookies.push(value);
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

/**
 * Headers in a flat map of strings, for formats without a place for a second `set-cookie`.
 *
 * Further cookies are written under other spellings of the name (`Set-Cookie`, `set-cookie`, `Set-cookiE`), as the names
 * of a map have to differ and header names ignore case. That every gateway sends each of them on is not documented;
 * the first one always arrives.
 */
export function flatMap(raw: RawHeaders): HeaderMap {
  const { headers, cookies } = joinedMap(raw);
  for (const [index, cookie] of cookies.entries()) headers[cookieSpelling(index)] = cookie;
  return headers;
}

/**
 * Spelling number `index` of `Set-Cookie`: the bits of the index flip the case of the nine letters from the right.
 *
 * @example
 * cookieSpelling(0); // "Set-Cookie"
 * cookieSpelling(1); // "Set-CookiE"
 */
export function cookieSpelling(index: number): string {
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
