import type { ConnectionInfo } from "./connection-info.ts";
import type { ForwardedFields } from "./request-head.ts";

/**
 * The lines that tell an app about its client: `X-Forwarded-For`, `-Host`, `-Proto` and `Forwarded` (RFC 7239).
 *
 * @param host as the client named it
 * @param sent what a trusted proxy said about the client: our peer's address, which is the proxy's, is appended, and host
 * and protocol are kept as it saw them. Null where the peer is the client, as anyone can write such fields.
 */
export function forwardedLines(
  { address, isSecure }: ConnectionInfo,
  host: string,
  sent: ForwardedFields | null,
): string {
  const node = address.includes(":") ? `"[${address}]"` : address;
  const proto = sent?.proto ?? (isSecure ? "https" : "http");
  const chain = sent === null || sent.for === null ? address : `${sent.for}, ${address}`;
  const element = `for=${node};host=${quoted(host)};proto=${proto}`;
  const forwarded = sent === null || sent.forwarded === null ? element : `${sent.forwarded}, ${element}`;
  return `X-Forwarded-For: ${chain}\r\nX-Forwarded-Host: ${sent?.host ?? host}\r\nX-Forwarded-Proto: ${proto}\r\nForwarded: ${forwarded}\r\n`;
}

/** A value of RFC 7239 stands in quotes unless it is a token; hosts have colons. */
function quoted(value: string): string {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}
