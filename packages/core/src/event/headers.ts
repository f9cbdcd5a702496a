import type { RawHeaders } from "./message.ts";
import type { EventObject } from "./source.ts";

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

/** Tells whether a response header is about the connection only and must not be handed to a platform. */
export function isConnectionHeader(name: string): boolean {
  return CONNECTION_HEADERS.has(name.toLowerCase());
}

/** Lists a header map: a value is a string, or an array for a repeated header. */
export function listHeaders(map: EventObject | undefined): RawHeaders {
  const raw: RawHeaders = [];
  if (map === undefined) return raw;
  for (const name of Object.keys(map)) {
    const value = map[name];
    if (Array.isArray(value)) for (const item of value) raw.push(name, String(item));
    else if (value !== null && value !== undefined) raw.push(name, String(value));
  }
  return raw;
}

/** Finds the first value of a header, by its lower-case name. */
export function findHeader(raw: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const candidate = raw[i];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return raw[i + 1];
  }
  return undefined;
}

/** Last hop of `x-forwarded-for`: the address the platform itself saw; earlier hops are the client's word. */
export function lastForwardedFor(raw: RawHeaders): string | undefined {
  const hops = findHeader(raw, "x-forwarded-for")?.split(",");
  return hops?.at(-1)?.trim() || undefined;
}

/** Tells from `x-forwarded-proto` whether the client spoke TLS. */
export function isForwardedSecure(raw: RawHeaders): boolean {
  return findHeader(raw, "x-forwarded-proto") === "https";
}

/** Adds a `host` header where the platform only names the domain in its context. */
export function withHost(raw: RawHeaders, domainName: string | undefined): RawHeaders {
  if (domainName !== undefined && findHeader(raw, "host") === undefined) raw.push("Host", domainName);
  return raw;
}
