/**
 * Fields that speak about one connection and end at each hop (RFC 9110, 7.6.1, and the older RFC 2616, 13.5.1).
 * `Transfer-Encoding`, `Upgrade` and `TE` are treated where the framing of a message is read.
 */
export const hopByHopFields: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
]);

/** Fields that a `Connection` header must not remove: the message would change its meaning on the next hop. */
const endToEndFields: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "authorization",
  "cookie",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "forwarded",
]);

/** Names that the options of a `Connection` header take out of the message. */
export function namedByConnection(options: readonly string[]): string[] {
  return options.filter(
    (option) => option !== "close" && option !== "keep-alive" && option !== "upgrade" && !endToEndFields.has(option),
  );
}
