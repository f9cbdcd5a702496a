const LF = 10;
const CR = 13;

/** What `findHeadEnd` tells instead of an index. */
export const noHeadEnd = {
  /** It is not there yet. */
  yet: -1,
  /** What came can never become a head. */
  invalid: -2,
  tooLarge: -3,
} as const;

/** Index of the first byte behind empty lines, which are to be ignored (RFC 9112, 2.2). */
export function findHeadStart(bytes: Buffer): number {
  let start = 0;
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2;
  return start;
}

/**
 * Looks for the CRLF CRLF that ends the head of a request. What can never become a head is told at once, not when its
 * client has been waited for.
 *
 * @param start index of its first byte
 * @param searched so many bytes are known to hold no end
 * @returns its index, or one of `noHeadEnd`
 */
export function findHeadEnd(bytes: Buffer, start: number, searched: number, maxBytes: number): number {
  const end = bytes.indexOf("\r\n\r\n", Math.max(start, searched - 3), "latin1");
  if ((end < 0 ? bytes.length : end) - start > maxBytes) return noHeadEnd.tooLarge;
  if (end >= 0) return end;
  const first = bytes[start];
  const isPart = first === undefined || (first > 0x20 && first < 0x7f) || (first === CR && start + 1 === bytes.length);
  return isPart && !hasBareLf(bytes, Math.max(start, searched)) ? noHeadEnd.yet : noHeadEnd.invalid;
}

function hasBareLf(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) return true;
  return false;
}
