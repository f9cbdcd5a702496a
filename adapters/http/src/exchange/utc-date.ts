let second = Number.NaN;
let text = "";

/**
 * Formats a time as HTTP does (RFC 9110, 5.6.7), once a second.
 *
 * @param nowMs milliseconds since 1970
 */
export function utcDate(nowMs: number): string {
  const current = Math.floor(nowMs / 1000);
  if (current !== second) {
    second = current;
    text = new Date(nowMs).toUTCString();
  }
  return text;
}
