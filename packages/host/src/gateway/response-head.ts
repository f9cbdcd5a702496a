import { areFieldLines, filterLines, listMembers, removeFields } from "./header-lines.ts";
import { hopByHopFields, namedByConnection } from "./hop-by-hop.ts";
import type { BodyLength } from "./request-head.ts";

/** A response's head as the gateway understood it. */
export interface ResponseHead {
  readonly status: number;
  /** Status code and reason as sent, such as `200 OK`. */
  readonly statusText: string;
  readonly body: BodyLength;
  /** Whether the instance keeps its connection. */
  readonly keepAlive: boolean;
  /** Protocol of a 101 response; else null. */
  readonly upgrade: string | null;
  /** Header lines to pass on, without hop-by-hop fields and repetitions of what frames the body. */
  readonly lines: string;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/** White space behind it is a part of the coding's name for some parsers, and not for others. */
const chunkedLine = /^transfer-encoding:[\t ]*chunked\r$/im;
const digits = /^\d{1,15}$/;

const seenLengths: ReadonlySet<number> = new Set(
  [...hopByHopFields, "upgrade", "content-length", "transfer-encoding"].map((name) => name.length),
);

/**
 * Whether a part of what an app sends can become a head: it begins as one, and has no bare LF, behind which another
 * parser would see other lines.
 */
export function mayBeResponseHead(part: Buffer): boolean {
  if (!"HTTP/1.".startsWith(part.toString("latin1", 0, 7))) return false;
  for (let at = part.indexOf("\n"); at >= 0; at = part.indexOf("\n", at + 1)) if (part[at - 1] !== 0x0d) return false;
  return true;
}

/**
 * Reads a response's head.
 *
 * @param text the head as latin1, from the status line to the CRLF of the last header line.
 * @param method of the request: a response to HEAD has no body whatever its head says.
 * @returns null when it is malformed, or its framing cannot be told.
 */
export function parseResponseHead(text: string, method: string): ResponseHead | null {
  const lineEnd = text.indexOf("\r\n");
  const line = statusLine.exec(text.slice(0, lineEnd));
  const fields = text.slice(lineEnd + 2);
  if (line === null || !areFieldLines(fields)) return null;
  const minorVersion = line[1];
  const status = Number(line[2]);
  let connection: string[] = [];
  let upgrade: string | null = null;
  let length: number | null = null;
  let isChunked = false;
  let isBroken = false;
  let lines = filterLines(fields, seenLengths, (name, value) => {
    switch (name) {
      case "connection":
        connection = connection.concat(listMembers(value));
        return false;
      case "upgrade":
        upgrade = value;
        // An app may list upgrades it offers (RFC 9110, 7.8) next to `Connection: upgrade`, on this hop only.
        return false;
      case "content-length":
        if (!digits.test(value) || (length !== null && length !== Number(value))) isBroken = true;
        // Equal ones may be made one (RFC 9110, 8.6).
        if (length !== null) return false;
        length = Number(value);
        return true;
      case "transfer-encoding":
        if (value.toLowerCase() !== "chunked") isBroken = true;
        // It is applied once at most (RFC 9112, 6.1); Node's own client reads a repetition in this way, too.
        if (isChunked) return false;
        isChunked = true;
        return true;
      default:
        return !hopByHopFields.has(name);
    }
  });
  if (isBroken || (isChunked && !chunkedLine.test(fields))) return null;
  const named = namedByConnection(connection);
  if (named.length > 0) lines = removeFields(lines, new Set(named));
  // RFC 9112, 6.3: Transfer-Encoding overrides Content-Length, which must then not be passed on.
  const isAmbiguous = isChunked && length !== null;
  if (isAmbiguous) lines = removeFields(lines, contentLength);
  // They have no body, and must not say that they had one (RFC 9110, 8.6; RFC 9112, 6.1).
  if (status < 200 || status === 204) lines = removeFields(lines, framingFields);
  const keepAlive = minorVersion === "1" ? !connection.includes("close") : connection.includes("keep-alive");
  return {
    status,
    // The space stands there without a reason, too (RFC 9112, 4).
    statusText: `${status} ${line[3] ?? ""}`,
    body: bodyLength(status, method, isChunked, length),
    keepAlive: keepAlive && !isAmbiguous,
    upgrade: status === 101 ? upgrade : null,
    lines,
  };
}

const contentLength: ReadonlySet<string> = new Set(["content-length"]);
const framingFields: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

/** RFC 9112, 6.3. */
function bodyLength(status: number, method: string, isChunked: boolean, length: number | null): BodyLength {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  if (isChunked) return "chunked";
  return length ?? "close";
}
