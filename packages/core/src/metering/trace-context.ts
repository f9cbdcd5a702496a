const field = /^traceparent:[ \t]*(.*?)[ \t]*$/gim;

/**
 * `version-traceid-parentid-flags`, in lower case; a later version may have more behind another hyphen. Version ff, and ids
 * of zeros only, are invalid.
 */
const format = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/**
 * Finds the trace id in a request's header lines: that of their one valid `traceparent`. Null without a valid one, and where
 * there are several, which a sender must not send (W3C Trace Context, 3.2).
 *
 * @param lines header lines, each with its line break
 *
 * @example
 * traceIdOf("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"); // "0af7651916cd43dd8448eb211c80319c"
 */
export function traceIdOf(lines: string): string | null {
  const [found, ...others] = lines.matchAll(field);
  if (found === undefined || others.length > 0) return null;
  const [, version, traceId = null, more] = format.exec(found[1] ?? "") ?? [];
  return version === "00" && more !== undefined ? null : traceId;
}
