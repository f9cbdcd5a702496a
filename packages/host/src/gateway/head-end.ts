const LF = 10;
const CR = 13;

/** Where a head stands in what came of a connection. */
export interface HeadPlace {
  /** Index of its first byte. */
  readonly start: number;
  /** Index of the CRLF CRLF that ends it; -1: it is not there yet. */
  readonly end: number;
}

/**
 * Looks for the head of a request, behind empty lines, which are to be ignored (RFC 9112, 2.2). What can never become a
 * head is told at once, not when its client has been waited for.
 *
 * @param searched so many bytes are known to hold no end
 */
export function findHead(bytes: Buffer, searched: number, maxBytes: number): HeadPlace | "invalid" | "too-large" {
  let start = 0;
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2;
  const end = bytes.indexOf("\r\n\r\n", Math.max(start, searched - 3), "latin1");
  if ((end < 0 ? bytes.length : end) - start > maxBytes) return "too-large";
  if (end >= 0) return { start, end };
  const first = bytes[start];
  const isPart = first === undefined || (first > 0x20 && first < 0x7f) || (first === CR && start + 1 === bytes.length);
  return isPart && !hasBareLf(bytes, Math.max(start, searched)) ? { start, end } : "invalid";
}

function hasBareLf(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) return true;
  return false;
}
