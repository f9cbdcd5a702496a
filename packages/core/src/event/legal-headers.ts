import { lowerName } from "./header-text.ts";
import type { RawHeaders } from "./message.ts";

const BREAKS: RegExp = /[\r\n\0]/;
const ALL_BREAKS: RegExp = /[\r\n\0]/g;
/** Up to this many headers, comparing each with each is cheaper than a map. */
const FEW_HEADERS = 32;

/**
 * Makes a response's headers safe to write down in an answer: every name is a token and has one spelling, and no value
 * holds a line break. What goes through Node's or the web's own header classes is so already, and is returned as it is.
 *
 * RFC 9110, 5.5: CR, LF and NUL in a value are each replaced by a space. A name that is no token has no meaning and is
 * left out. Later spellings of a name take the first one's, as two of them would be two members of a map.
 *
 * @param raw headers of a response
 */
export function legalHeaders(raw: RawHeaders): RawHeaders {
  let isLegal = raw.length <= 2 * FEW_HEADERS;
  for (let i = 0; isLegal && i + 1 < raw.length; i += 2) {
    const name = String(raw[i]);
    isLegal = !BREAKS.test(String(raw[i + 1])) && lowerName(name) !== null && !isRespelled(raw, i, name);
  }
  return isLegal ? raw : mend(raw);
}

/** Tells whether an earlier header has the same name in another spelling. */
function isRespelled(raw: RawHeaders, at: number, name: string): boolean {
  for (let i = 0; i < at; i += 2) {
    const other = raw[i];
    // Length and first letter, whose case is one bit, tell nearly all names apart.
    if (other?.length !== name.length || other === name) continue;
    if (((other.charCodeAt(0) ^ name.charCodeAt(0)) & ~0x20) === 0 && lowerName(other) === lowerName(name)) return true;
  }
  return false;
}

function mend(raw: RawHeaders): RawHeaders {
  const spellings = new Map<string, string>();
  const legal: RawHeaders = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]);
    const lower = lowerName(name);
    if (lower === null) continue;
    if (!spellings.has(lower)) spellings.set(lower, name);
    legal.push(spellings.get(lower) ?? name, String(raw[i + 1]).replace(ALL_BREAKS, " "));
  }
  return legal;
}
