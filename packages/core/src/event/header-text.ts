// RFC 9110, 5.6.2.
const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// RFC 9110, 5.5, and what Node's parser gives: tab, visible characters, and bytes above ASCII.
const LEGAL_VALUE: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/;
const ESCAPE: RegExp = /%([0-9A-F]{2})/g;

/** What a header with a part in the mapping is for; all others are ordinary. */
export type HeaderRole =
  | "ordinary"
  | "content-length"
  | "cookie"
  | "host"
  | "transfer-encoding"
  | "x-forwarded-for"
  | "x-forwarded-proto";

const ROLES: ReadonlyMap<string, HeaderRole> = new Map(
  (["content-length", "cookie", "host", "transfer-encoding", "x-forwarded-for", "x-forwarded-proto"] as const).map(
    (name) => [name, name],
  ),
);
/**
 * Headers whose values may be remembered: they are of a browser, a proxy or a resource. Any other may hold a secret or a
 * person's data (a `referer` with `?code=`, an app's own `x-jwt`), which is not to outlive its request.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "accept-ranges",
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "dnt",
  "host",
  "origin-agent-cluster",
  "pragma",
  "priority",
  "referrer-policy",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "server",
  "strict-transport-security",
  "te",
  "transfer-encoding",
  "upgrade-insecure-requests",
  "user-agent",
  "vary",
  "x-content-type-options",
  "x-dns-prefetch-control",
  "x-download-options",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-frame-options",
  "x-permitted-cross-domain-policies",
  "x-powered-by",
  "x-xss-protection",
]);

/** A header's name as it is spelled in events or responses. */
export interface HeaderName {
  readonly lower: string;
  readonly role: HeaderRole;
  /** Whether values may be remembered. */
  readonly isPublic: boolean;
  /** The last value found legal, since many headers have the same one each time; empty at first. */
  lastValue: string;
}

/** Most names remembered; clients choose names, so there has to be an end. */
const MOST_NAMES = 512;
/** Longest name and value remembered, in characters. */
const MOST_CHARACTERS = 256;
/** Names seen before. Looking one up is cheaper than testing it and its value again, each of which is 25 ns. */
const NAMES: Map<string, HeaderName> = new Map();

/**
 * Finds out about a header's name.
 *
 * @returns undefined when the name is no token, and can stand in no header
 */
export function headerName(name: string): HeaderName | undefined {
  return NAMES.get(name) ?? learnName(name);
}

function learnName(name: string): HeaderName | undefined {
  if (!TOKEN.test(name)) return undefined;
  const lower = name.toLowerCase();
  const known = { lower, role: ROLES.get(lower) ?? "ordinary", isPublic: HARMLESS.has(lower), lastValue: "" };
  if (NAMES.size >= MOST_NAMES) NAMES.clear();
  if (name.length <= MOST_CHARACTERS) NAMES.set(name, known);
  return known;
}

/**
 * Gives a header's value as Node's parser would have.
 *
 * On the wire a value is bytes, and Node shows each as one character. A platform that put a character above U+00FF into
 * its JSON has decoded the bytes as UTF-8, so they are spread out again: an app finds what it finds on a socket.
 *
 * @param name the header's name
 * @param value its value in an event
 * @returns undefined when it holds a control character: with a line break in it, one header could become two
 *
 * @example
 * legalValue(name, "订单"); // "è®¢å\x8d\x95", what Node shows of these six bytes
 */
export function legalValue(name: HeaderName, value: string): string | undefined {
  if (name.lastValue === value) return value;
  if (LEGAL_VALUE.test(value)) {
    if (name.isPublic && value.length <= MOST_CHARACTERS) name.lastValue = value;
    return value;
  }
  const bytes = encodeURIComponent(value.toWellFormed()).replace(ESCAPE, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return LEGAL_VALUE.test(bytes) ? bytes : undefined;
}
