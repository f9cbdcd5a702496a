import type { RequestHead } from "./request-head.ts";

/** Methods that may be sent twice (RFC 9110, 9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Whether a request that an instance may have seen can be sent to another. What an upgrade begins is no single answer. */
export function isIdempotent({ method, upgrade }: RequestHead): boolean {
  return upgrade === null && idempotentMethods.has(method);
}

/** Size of a head in bytes, as far as it is passed on. */
export function headBytesOf({ method, target, lines }: RequestHead): number {
  return method.length + target.length + " HTTP/1.1\r\n\r\n".length + 1 + lines.length;
}

const forwardedChain = /^X-Forwarded-For: (?:[^\r\n]*,)?[ \t]*([^,\r\n]+),[^,\r\n]*\r\n/;

/**
 * Address of the client: the peer's, or where that is a trusted proxy, the one it says it serves.
 *
 * @param forwardedLines lines for the app: with a trusted proxy the peer stands behind those whom it serves
 */
export function clientOf(peer: string, forwardedLines: string): string {
  const match = forwardedChain.exec(forwardedLines);
  return match?.[1]?.trim() ?? peer;
}

const cookieLines = /^cookie:[ \t]*([^\r\n]*)/gim;

/** Value of a cookie (RFC 6265, 5.4); the first one where there are several, null without. */
export function cookieOf({ lines }: RequestHead, name: string): string | null {
  for (const [, value = ""] of lines.matchAll(cookieLines)) {
    for (const pair of value.split(";")) {
      const equals = pair.indexOf("=");
      if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return null;
}
