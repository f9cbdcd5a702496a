import type { ConnectionInfo } from "./connection-info.ts";
import type { ForwardedFields } from "./request-head.ts";

const noFields: ForwardedFields = { for: null, host: null, proto: null, forwarded: null };

/**
 * The lines that tell an app about its client: `X-Forwarded-For`, `-Host`, `-Proto` and `Forwarded` (RFC 7239).
 *
 * What the client itself sent of them is dropped, since anyone can write it, unless the peer is a trusted proxy: then
 * our peer's address is appended, and host and protocol are kept as the proxy saw them.
 */
export function createForwardedLines(
  { address: peer, isSecure }: ConnectionInfo,
  trustProxy: boolean,
): (host: string, sent: ForwardedFields) => string {
  const node = peer.includes(":") ? `"[${peer}]"` : peer;
  let lastHost: string | null = null;
  let lastLines = "";
  const write = (host: string, sent: ForwardedFields): string => {
    const proto = sent.proto ?? (isSecure ? "https" : "http");
    const chain = sent.for === null ? peer : `${sent.for}, ${peer}`;
    const element = `for=${node};host=${quoted(host)};proto=${proto}`;
    const forwarded = sent.forwarded === null ? element : `${sent.forwarded}, ${element}`;
    return `X-Forwarded-For: ${chain}\r\nX-Forwarded-Host: ${sent.host ?? host}\r\nX-Forwarded-Proto: ${proto}\r\nForwarded: ${forwarded}\r\n`;
  };
  if (trustProxy) return write;
  // A client names the same host again and again over one connection: its lines are made once.
  return (host) => {
    if (host === lastHost) return lastLines;
    lastHost = host;
    lastLines = write(host, noFields);
    return lastLines;
  };
}

/** A value of RFC 7239 stands in quotes unless it is a token; hosts have colons. */
function quoted(value: string): string {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}
