/**
 * Headers that speak about one connection (RFC 9110, 7.6.1), and `trailer`, which no event format can honour.
 * The platform owns the connection to the client; API Gateway answers 502 to a function that sets some of them.
 */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const CONNECTION_LENGTHS: ReadonlySet<number> = new Set([...CONNECTION_HEADERS].map((name) => name.length));

/** Tells whether a response header is about the connection only and must not be handed to a platform. */
export function isConnectionHeader(name: string): boolean {
  // Most headers of a response have another length than these; that saves a lower-case copy of each name.
  return CONNECTION_LENGTHS.has(name.length) && CONNECTION_HEADERS.has(name.toLowerCase());
}
