import { areFieldLines } from "./header-lines.ts";
import { hopByHopFields } from "./hop-by-hop.ts";

/** Fields that frame a message, or speak about one connection. In a trailer no parser must find them. */
const framingFields: ReadonlySet<string> = new Set([
  ...hopByHopFields,
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
]);

/**
 * Fields of a request that must be known before its body: they say where it goes, who sends it, and what it is (RFC 9110,
 * 6.5.1). An app whose server merges trailers into headers would take them for the request's own.
 */
const requestFields: ReadonlySet<string> = new Set([
  ...framingFields,
  "host",
  "expect",
  "max-forwards",
  "authorization",
  "cookie",
  "content-encoding",
  "content-type",
  "content-range",
  "range",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-request-id",
]);

/** Whose trailers they are. */
export type MessageKind = "request" | "response";

/** Whether the lines of a trailer section (latin1, each with its CRLF) are valid, and none of them must stand elsewhere. */
export function areTrailers(lines: string, kind: MessageKind): boolean {
  if (!areFieldLines(lines)) return false;
  const forbidden = kind === "request" ? requestFields : framingFields;
  return lines.split("\r\n").every((line) => {
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    return !forbidden.has(name) && !forbidden.has(name.replaceAll("_", "-"));
  });
}
