import { headerName, legalValue } from "./header-text.ts";
import type { RawHeaders } from "./message.ts";

const BREAKS: RegExp = /[\r\n\0]/g;
/** Up to this many headers, comparing each with each is cheaper than a map. */
const FEW_HEADERS = 32;

/**
 * How a list of headers can be written down: `distinct`, no name comes twice; `repeated`, some do; `mixed`, as it is not,
 * since a name is spelled in two ways, a name or value is illegal, or the list is long.
 */
export type HeaderListKind = "distinct" | "repeated" | "mixed";

/** Tells how the headers of a response can be written down. */
export function inspectHeaders(raw: RawHeaders): HeaderListKind {
  if (raw.length > 2 * FEW_HEADERS) return "mixed";
  let kind: HeaderListKind = "distinct";
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    const known = headerName(name);
    if (known === undefined || legalValue(known, value) !== value) return "mixed";
    for (let j = 0; j < i; j += 2) {
      const other = raw[j] ?? "";
      if (other === name) kind = "repeated";
      // Length and first letter, whose case is one bit, tell nearly all names apart.
      else if (other.length === name.length && ((other.charCodeAt(0) ^ name.charCodeAt(0)) & ~0x20) === 0) {
        if (headerName(other)?.lower === known.lower) return "mixed";
      }
    }
  }
  return kind;
}

/**
 * Makes a list of headers fit to be written down: every name is a token and has one spelling, and no value holds a line
 * break. What has gone through Node's or the web's own header classes is legal already.
 *
 * RFC 9110, 5.5: CR, LF and NUL in a value are each replaced by a space. A name that is no token has no meaning and is
 * left out. Later spellings of a name take the first one's, as two of them would be two members of a map.
 */
export function mendHeaders(raw: RawHeaders): RawHeaders {
  const spellings = new Map<string, string>();
  const mended: RawHeaders = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const lower = headerName(name)?.lower;
    if (lower === undefined) continue;
    const spelling = spellings.get(lower) ?? name;
    spellings.set(lower, spelling);
    mended.push(spelling, (raw[i + 1] ?? "").replace(BREAKS, " "));
  }
  return mended;
}
